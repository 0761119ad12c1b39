#pragma once

#include "netsocket/TCPSocket.h"
#include "netsocket/TLSSocketWrapper.h"

/// TLS over a TCP connection of its own. Small enough for a stack or a static; its buffers are on the heap from
/// connect() to close().
class TLSSocket : public TLSSocketWrapper {
public:
    TLSSocket() : TLSSocketWrapper(&_tcp_socket) {}

    /// Closes the socket if that was not done.
    ~TLSSocket() override;

    /// Take a TCP socket of the stack.
    /// @return as InternetSocket::open; NSAPI_ERROR_BUSY (close() is running)
    nsapi_error_t open(NetworkStack *stack);

    /// Take a TCP socket of the interface's stack.
    template <typename S> nsapi_error_t open(S *stack) { return open(nsapi_create_stack(stack)); }

    using TLSSocketWrapper::connect;

    /// Look up a host, connect and shake hands, all within the timeout. The certificate must carry `host`, unless
    /// set_hostname() said otherwise.
    /// @param host name or address
    /// @return as TLSSocketWrapper::connect; NSAPI_ERROR_DNS_FAILURE
    nsapi_error_t connect(const char *host, uint16_t port);

protected:
    nsapi_error_t resolve(const Deadline &deadline, const char *host, SocketAddress *address) override;
    nsapi_error_t renew_transport() override;

private:
    TCPSocket _tcp_socket;
};
