// What the network stacks of this folder have in common.
#pragma once

#include <cstring>

#include "netsocket/NetworkStack.h"

namespace tlsbench {

/// Takes a NetworkStack's calls to the sockets they are for: each call holds the stack's lock, and a socket's handle is
/// the object behind it.
/// @tparam Tcp   open(), close(), bind(), listen(), connect(), accept(), send(), receive(), attach(), set_option(),
///               get_option()
/// @tparam Udp   open(), of(), close(), bind(), send_to(), receive_from(), attach(); has no options
/// @tparam Lock  holds the stack's lock from construction to the end of the scope
template <typename Tcp, typename Udp, typename Lock> class SocketStack : public NetworkStack {
protected: // a stack with sockets that can do more overrides what they do otherwise
    /// Start what serves the sockets, unless it runs. Called without the lock, before a socket is made.
    virtual void start() = 0;

    /// The connection behind a TCP socket's handle. UDPSocket makes none of the calls that are for TCP only.
    static Tcp *of(nsapi_socket_t handle) { return static_cast<Tcp *>(handle); }

    nsapi_error_t socket_open(nsapi_socket_t *handle, nsapi_protocol_t proto) override
    {
        if (proto != NSAPI_TCP && proto != NSAPI_UDP) {
            return NSAPI_ERROR_UNSUPPORTED;
        }
        start();
        Lock lock;
        if (proto == NSAPI_TCP) {
            *handle = Tcp::open();
        } else {
            *handle = Udp::open();
        }
        return *handle ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_SOCKET;
    }

    nsapi_error_t socket_close(nsapi_socket_t handle) override
    {
        Lock lock;
        if (Udp *udp = Udp::of(handle)) {
            udp->close();
        } else {
            of(handle)->close();
        }
        return NSAPI_ERROR_OK;
    }

    nsapi_error_t socket_bind(nsapi_socket_t handle, const SocketAddress &address) override
    {
        Lock lock;
        Udp *udp = Udp::of(handle);
        return udp ? udp->bind(address) : of(handle)->bind(address);
    }

    nsapi_error_t socket_listen(nsapi_socket_t handle, int backlog) override
    {
        Lock lock;
        return of(handle)->listen(backlog);
    }

    nsapi_error_t socket_connect(nsapi_socket_t handle, const SocketAddress &address) override
    {
        Lock lock;
        return of(handle)->connect(address);
    }

    nsapi_error_t socket_accept(nsapi_socket_t server, nsapi_socket_t *handle, SocketAddress *address) override
    {
        Lock lock;
        Tcp *connection = nullptr;
        const nsapi_error_t error = of(server)->accept(&connection, address);
        *handle = connection;
        return error;
    }

    nsapi_size_or_error_t socket_send(nsapi_socket_t handle, const void *data, nsapi_size_t size) override
    {
        Lock lock;
        return of(handle)->send(data, size);
    }

    nsapi_size_or_error_t socket_recv(nsapi_socket_t handle, void *data, nsapi_size_t size) override
    {
        Lock lock;
        return of(handle)->receive(data, size);
    }

    nsapi_size_or_error_t socket_sendto(nsapi_socket_t handle, const SocketAddress &address, const void *data,
                                        nsapi_size_t size) override
    {
        Lock lock;
        Udp *udp = Udp::of(handle);
        return udp ? udp->send_to(address, data, size) : NSAPI_ERROR_UNSUPPORTED;
    }

    nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t handle, SocketAddress *address, void *buffer,
                                          nsapi_size_t size) override
    {
        Lock lock;
        Udp *udp = Udp::of(handle);
        return udp ? udp->receive_from(address, buffer, size) : NSAPI_ERROR_UNSUPPORTED;
    }

    void socket_attach(nsapi_socket_t handle, void (*callback)(void *), void *data) override
    {
        Lock lock;
        if (Udp *udp = Udp::of(handle)) {
            udp->attach(callback, data);
        } else {
            of(handle)->attach(callback, data);
        }
    }

    nsapi_error_t setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval,
                             unsigned optlen) override
    {
        if (level != NSAPI_SOCKET || !optval || optlen != sizeof(int)) {
            return NSAPI_ERROR_UNSUPPORTED;
        }
        int value = 0;
        memcpy(&value, optval, sizeof value);
        Lock lock;
        return Udp::of(handle) ? NSAPI_ERROR_UNSUPPORTED : of(handle)->set_option(optname, value);
    }

    nsapi_error_t getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen) override
    {
        if (level != NSAPI_SOCKET || !optval || !optlen || *optlen < sizeof(int)) {
            return NSAPI_ERROR_UNSUPPORTED;
        }
        int value = 0;
        Lock lock;
        const nsapi_error_t error = Udp::of(handle) ? NSAPI_ERROR_UNSUPPORTED : of(handle)->get_option(optname, &value);
        if (error == NSAPI_ERROR_OK) {
            memcpy(optval, &value, sizeof value);
            *optlen = sizeof value;
        }
        return error;
    }
};

} // namespace tlsbench
