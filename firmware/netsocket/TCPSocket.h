#ifndef TLSBENCH_NETSOCKET_TCPSOCKET_H
#define TLSBENCH_NETSOCKET_TCPSOCKET_H

#include "netsocket/InternetSocket.h"

/// A TCP connection, or a listening socket. One thread may send while another receives; a second call of the same
/// kind meanwhile returns NSAPI_ERROR_BUSY.
class TCPSocket : public InternetSocket {
public:
    /// open() it before use.
    TCPSocket() = default;

    nsapi_error_t connect(const SocketAddress &address) override;
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t sendto(const SocketAddress &address, const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t recvfrom(SocketAddress *address, void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                  nsapi_msghdr_t *control, nsapi_size_t control_size) override;
    nsapi_size_or_error_t recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                  nsapi_size_t control_size) override;

    /// The new socket lives on the heap and deletes itself in close().
    TCPSocket *accept(nsapi_error_t *error = nullptr) override;
    nsapi_error_t listen(int backlog = 1) override;

protected:
    nsapi_protocol_t get_proto() override;

    /// connect(), once there is an address to connect to.
    /// @param find    asked, under the lock, until it no longer says NSAPI_ERROR_WOULD_BLOCK; any other error ends it
    /// @param address where `find` has put it by then
    nsapi_error_t connect_when(Attempt find, const SocketAddress &address);

private:
    TCPSocket(TCPSocket *parent, nsapi_socket_t socket, const SocketAddress &address);
};

#endif
