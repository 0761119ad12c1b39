#ifndef TLSBENCH_STACKS_LWIP_LWIPSTACK_H
#define TLSBENCH_STACKS_LWIP_LWIPSTACK_H

#include "TcpConnection.h"
#include "UdpEndpoint.h"
#include "core.h"
#include "stacks/SocketStack.h"

/// lwIP as a NetworkStack: TCP, UDP and DNS over IPv4. One object; sockets and queries come from static pools.
class LwipStack final : public tlsbench::SocketStack<tlsbench::lwip::TcpConnection, tlsbench::lwip::UdpEndpoint,
                                                     tlsbench::lwip::CoreLock> {
public:
    static LwipStack &instance();

    nsapi_error_t get_ip_address(SocketAddress *address) override;
    nsapi_value_or_error_t gethostbyname_async(const char *host, hostbyname_cb_t callback, nsapi_version_t version,
                                               const char *interface_name) override;
    nsapi_error_t gethostbyname_async_cancel(int id) override;
    nsapi_error_t add_dns_server(const SocketAddress &address, const char *interface_name) override;
    nsapi_error_t get_dns_server(int index, SocketAddress *address, const char *interface_name) override;

private:
    void start() override;
};

#endif
