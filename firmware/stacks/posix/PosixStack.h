#ifndef TLSBENCH_STACKS_POSIX_POSIXSTACK_H
#define TLSBENCH_STACKS_POSIX_POSIXSTACK_H

#include "netsocket/NetworkStack.h"

/// The operating system's sockets as a NetworkStack: TCP and UDP over IPv4, and the host names that the process was
/// told.
class PosixStack final : public NetworkStack {
public:
    static PosixStack &instance();

    nsapi_error_t get_ip_address(SocketAddress *address) override;
    nsapi_value_or_error_t gethostbyname_async(const char *host, hostbyname_cb_t callback, nsapi_version_t version,
                                               const char *interface_name) override;
    nsapi_error_t gethostbyname_async_cancel(int id) override;
    nsapi_error_t add_dns_server(const SocketAddress &address, const char *interface_name) override;
    nsapi_error_t get_dns_server(int index, SocketAddress *address, const char *interface_name) override;

private:
    nsapi_error_t socket_open(nsapi_socket_t *handle, nsapi_protocol_t proto) override;
    nsapi_error_t socket_close(nsapi_socket_t handle) override;
    nsapi_error_t socket_bind(nsapi_socket_t handle, const SocketAddress &address) override;
    nsapi_error_t socket_listen(nsapi_socket_t handle, int backlog) override;
    nsapi_error_t socket_connect(nsapi_socket_t handle, const SocketAddress &address) override;
    nsapi_error_t socket_accept(nsapi_socket_t server, nsapi_socket_t *handle, SocketAddress *address) override;
    nsapi_size_or_error_t socket_send(nsapi_socket_t handle, const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t socket_recv(nsapi_socket_t handle, void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t socket_sendto(nsapi_socket_t handle, const SocketAddress &address, const void *data,
                                        nsapi_size_t size) override;
    nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t handle, SocketAddress *address, void *buffer,
                                          nsapi_size_t size) override;
    void socket_attach(nsapi_socket_t handle, void (*callback)(void *), void *data) override;
    nsapi_error_t setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval,
                             unsigned optlen) override;
    nsapi_error_t getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen) override;
};

#endif
