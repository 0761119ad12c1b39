#ifndef TLSBENCH_STACKS_POSIX_POSIXINTERFACE_H
#define TLSBENCH_STACKS_POSIX_POSIXINTERFACE_H

#include "netsocket/NetworkInterface.h"
#include "rtos/Mutex.h"

/// The machine's own network. It is up; nothing here configures a machine. Its address is the one that set_network()
/// told, and NSAPI_ERROR_NO_ADDRESS if nobody did.
class PosixInterface final : public NetworkInterface {
public:
    nsapi_error_t get_ip_address(SocketAddress *address) override;
    nsapi_error_t get_netmask(SocketAddress *address) override;
    nsapi_error_t get_gateway(SocketAddress *address) override;
    nsapi_error_t set_network(const SocketAddress &ip_address, const SocketAddress &netmask,
                              const SocketAddress &gateway) override;
    nsapi_error_t set_dhcp(bool dhcp) override;
    nsapi_error_t connect() override;
    nsapi_error_t disconnect() override;
    void attach(mbed::Callback<void(nsapi_event_t, intptr_t)> status_cb) override;
    nsapi_connection_status_t get_connection_status() const override;

private:
    NetworkStack *get_stack() override;
    nsapi_error_t read(SocketAddress *out, const SocketAddress &address);
    void set_status(nsapi_connection_status_t status);

    SocketAddress _address, _netmask, _gateway;
    nsapi_connection_status_t _status = NSAPI_STATUS_DISCONNECTED;
    mbed::Callback<void(nsapi_event_t, intptr_t)> _status_cb;
    mutable rtos::Mutex _lock;
};

#endif
