#ifndef TLSBENCH_NETSOCKET_NETWORKSTACK_H
#define TLSBENCH_NETSOCKET_NETWORKSTACK_H

#include <type_traits>

#include "netsocket/DNS.h"
#include "netsocket/NetworkInterface.h"
#include "netsocket/SocketAddress.h"
#include "netsocket/nsapi_types.h"

/// What a network stack provides. No call here blocks: InternetSocket, TCPSocket and UDPSocket do the waiting, woken
/// through socket_attach.
class NetworkStack : public DNS {
public:
    virtual ~NetworkStack() = default;

    virtual nsapi_error_t get_ip_address(SocketAddress *address);

    /// Blocks until there is an answer or the stack gives up.
    nsapi_error_t gethostbyname(const char *host, SocketAddress *address, nsapi_version_t version = NSAPI_UNSPEC,
                                const char *interface_name = nullptr) override;

    virtual nsapi_error_t setstackopt(int level, int optname, const void *optval, unsigned optlen);
    virtual nsapi_error_t getstackopt(int level, int optname, void *optval, unsigned *optlen);

protected:
    friend class InternetSocket;
    friend class TCPSocket;
    friend class UDPSocket;

    /// @param handle where to put the new socket
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_SOCKET (none left), NSAPI_ERROR_UNSUPPORTED (protocol)
    virtual nsapi_error_t socket_open(nsapi_socket_t *handle, nsapi_protocol_t proto) = 0;

    /// Close and free; data taken over by socket_send still goes out.
    virtual nsapi_error_t socket_close(nsapi_socket_t handle) = 0;

    virtual nsapi_error_t socket_bind(nsapi_socket_t handle, const SocketAddress &address) = 0;
    virtual nsapi_error_t socket_listen(nsapi_socket_t handle, int backlog) = 0;

    /// @return NSAPI_ERROR_IN_PROGRESS (begun), NSAPI_ERROR_ALREADY (goes on), NSAPI_ERROR_IS_CONNECTED (done), or why
    ///         it failed
    virtual nsapi_error_t socket_connect(nsapi_socket_t handle, const SocketAddress &address) = 0;

    /// @param address where to put the peer's address, or null
    virtual nsapi_error_t socket_accept(nsapi_socket_t server, nsapi_socket_t *handle,
                                        SocketAddress *address = nullptr) = 0;

    virtual nsapi_size_or_error_t socket_send(nsapi_socket_t handle, const void *data, nsapi_size_t size) = 0;
    virtual nsapi_size_or_error_t socket_recv(nsapi_socket_t handle, void *data, nsapi_size_t size) = 0;

    /// A datagram, whole or not at all.
    virtual nsapi_size_or_error_t socket_sendto(nsapi_socket_t handle, const SocketAddress &address, const void *data,
                                                nsapi_size_t size) = 0;

    /// The oldest datagram; what `buffer` has no room for is lost.
    virtual nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t handle, SocketAddress *address, void *buffer,
                                                  nsapi_size_t size) = 0;

    /// Have a function called when the socket's state may have changed; null stops it, and once this has returned it
    /// is not called any more.
    virtual void socket_attach(nsapi_socket_t handle, void (*callback)(void *), void *data) = 0;

    virtual nsapi_error_t setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval,
                                     unsigned optlen);
    virtual nsapi_error_t getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen);
};

inline NetworkStack *_nsapi_create_stack(NetworkStack *stack, std::true_type)
{
    return stack;
}

inline NetworkStack *_nsapi_create_stack(NetworkInterface *iface, std::false_type)
{
    return iface ? iface->get_stack() : nullptr;
}

/// The stack of a NetworkStack or NetworkInterface (null gives null).
template <typename IF> NetworkStack *nsapi_create_stack(IF *iface)
{
    return _nsapi_create_stack(iface, std::is_convertible<IF *, NetworkStack *>());
}

#endif
