#ifndef TLSBENCH_NETSOCKET_UDPSOCKET_H
#define TLSBENCH_NETSOCKET_UDPSOCKET_H

#include "netsocket/InternetSocket.h"

/// A UDP socket. Each send is one datagram and each receive takes one whole: what the buffer has no room for is lost,
/// as is a datagram that comes when the stack has too many already. One thread may send while another receives; a
/// second call of the same kind meanwhile returns NSAPI_ERROR_BUSY.
class UDPSocket : public InternetSocket {
public:
    /// open() it before use.
    UDPSocket() = default;

    /// Set where send() goes; from then on only that peer's datagrams are received. No packet is sent for it. The
    /// unspecified address undoes it.
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_SOCKET (not open)
    nsapi_error_t connect(const SocketAddress &address) override;

    /// Send a datagram to the connected peer.
    /// @return `size`; NSAPI_ERROR_NO_ADDRESS (not connected); otherwise as sendto
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;

    /// Receive a datagram; 0 is an empty one.
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;

    /// Send a datagram, whole or not at all.
    /// @return `size`; NSAPI_ERROR_NO_MEMORY (the stack has no room now); NSAPI_ERROR_PARAMETER (no address, or more
    ///         than one packet holds); NSAPI_ERROR_NO_CONNECTION (no interface is up); NSAPI_ERROR_NO_SOCKET
    nsapi_size_or_error_t sendto(const SocketAddress &address, const void *data, nsapi_size_t size) override;

    /// Receive a datagram and learn who sent it.
    nsapi_size_or_error_t recvfrom(SocketAddress *address, void *data, nsapi_size_t size) override;

    nsapi_size_or_error_t sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                  nsapi_msghdr_t *control, nsapi_size_t control_size) override;
    nsapi_size_or_error_t recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                  nsapi_size_t control_size) override;

    /// NSAPI_ERROR_UNSUPPORTED, both: there are no connections to wait for.
    Socket *accept(nsapi_error_t *error = nullptr) override;
    nsapi_error_t listen(int backlog = 1) override;

protected:
    nsapi_protocol_t get_proto() override;
};

#endif
