#ifndef TLSBENCH_STACKS_OFFLOAD_OFFLOADINTERFACE_H
#define TLSBENCH_STACKS_OFFLOAD_OFFLOADINTERFACE_H

#include "Session.h"
#include "netsocket/NetworkInterface.h"

/// The way to the host's sockets. It is up while the host has a session for this board, and goes down when the host has
/// said nothing for `offload.silence-ms`. Its address is the one that set_network() told, or else the host.
class OffloadInterface final : public NetworkInterface {
public:
    static OffloadInterface &instance();

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
    nsapi_error_t set_blocking(bool blocking) override;

    // --- for the stack, with its lock ---

    void on_up(const offload_Welcome &welcome);
    void on_down();

private:
    struct Plan {
        nsapi_addr_t address, netmask, gateway;
    };

    NetworkStack *get_stack() override;
    nsapi_error_t read(SocketAddress *out, const nsapi_addr_t &address);
    void set_status(nsapi_connection_status_t status);

    Plan _set{}, _used{}; // as somebody set it; as it is now
    bool _dhcp = true;
    bool _blocking = true;
    nsapi_connection_status_t _status = NSAPI_STATUS_DISCONNECTED;
    mbed::Callback<void(nsapi_event_t, intptr_t)> _status_cb;
    rtos::EventFlags _changed;
};

#endif
