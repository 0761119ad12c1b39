#pragma once

#include "netsocket/SocketAddress.h"

namespace tlsbench::tls {

/// What TLSSocket and DTLSSocket have in common: a transport of their own.
/// @tparam Wrapper   TLSSocketWrapper or a class derived from it
/// @tparam Transport TCPSocket or UDPSocket
template <typename Wrapper, typename Transport> class SecureSocket : public Wrapper {
public:
    /// @param hostname as for the wrapper
    explicit SecureSocket(const char *hostname = nullptr) : Wrapper(&_transport, hostname) {}

    /// Closes the socket if that was not done.
    ~SecureSocket() override
    {
        Wrapper::close(); // before the transport goes
    }

    /// Take a socket of the stack.
    /// @return as InternetSocket::open; NSAPI_ERROR_BUSY (close() is running)
    nsapi_error_t open(NetworkStack *stack)
    {
        return this->open_transport([&] { return _transport.open(stack); });
    }

    /// Take a socket of the interface's stack.
    template <typename S> nsapi_error_t open(S *stack) { return open(nsapi_create_stack(stack)); }

    using Wrapper::connect;

    /// Look up a host, connect and shake hands, all within the timeout. The certificate must carry `host`, unless
    /// set_hostname() said otherwise.
    /// @param host name or address
    /// @return as the wrapper's connect; NSAPI_ERROR_PARAMETER (no host); NSAPI_ERROR_DNS_FAILURE
    nsapi_error_t connect(const char *host, uint16_t port)
    {
        if (!host) {
            return NSAPI_ERROR_PARAMETER;
        }
        SocketAddress address;
        address.set_port(port);
        return this->connect_to(host, address);
    }

protected:
    nsapi_error_t resolve(const typename Wrapper::Deadline &deadline, const char *host, SocketAddress *address) override
    {
        return this->resolve_at(_transport._stack, deadline, host, address);
    }

    nsapi_error_t renew_transport() override
    {
        // What comes of the connection that failed must not be taken for the next one's, and over TCP the server shall
        // not wait on it.
        NetworkStack *stack = _transport._stack;
        nsapi_error_t ret = _transport.close();
        return ret == NSAPI_ERROR_OK ? _transport.open(stack) : ret;
    }

private:
    Transport _transport;
};

} // namespace tlsbench::tls
