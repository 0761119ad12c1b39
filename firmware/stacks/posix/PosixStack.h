#ifndef TLSBENCH_STACKS_POSIX_POSIXSTACK_H
#define TLSBENCH_STACKS_POSIX_POSIXSTACK_H

#include "TcpConnection.h"
#include "UdpEndpoint.h"
#include "stacks/SocketStack.h"
#include "watcher.h"

/// The operating system's sockets as a NetworkStack: TCP and UDP over IPv4, and the host names that the process was
/// told.
class PosixStack final : public tlsbench::SocketStack<tlsbench::posix::TcpConnection, tlsbench::posix::UdpEndpoint,
                                                      tlsbench::posix::StackLock> {
public:
    static PosixStack &instance();

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
