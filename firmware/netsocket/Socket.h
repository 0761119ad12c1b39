#ifndef TLSBENCH_NETSOCKET_SOCKET_H
#define TLSBENCH_NETSOCKET_SOCKET_H

#include "netsocket/SocketAddress.h"
#include "platform/Callback.h"

/// What every socket can do, whatever carries it. Names, signatures and results are those of Mbed OS 6.
///
/// A timeout (set_timeout) bounds a whole call: there is one deadline from entry to return, however many waits the
/// call is made of.
class Socket {
public:
    virtual ~Socket() = default;

    /// Close the connection and give everything back. A call that blocks on this socket in another thread returns
    /// NSAPI_ERROR_NO_SOCKET first; only then does close return.
    /// @return NSAPI_ERROR_OK, or NSAPI_ERROR_NO_SOCKET if it isn't open
    virtual nsapi_error_t close() = 0;

    /// Connect to a peer. Blocks until it is done, failed or timed out.
    /// @return NSAPI_ERROR_OK; NSAPI_ERROR_IN_PROGRESS (begun and goes on: not blocking, or timed out);
    ///         NSAPI_ERROR_ALREADY (an earlier call began it); NSAPI_ERROR_IS_CONNECTED; NSAPI_ERROR_NO_SOCKET (not
    ///         open); NSAPI_ERROR_NO_CONNECTION (refused); NSAPI_ERROR_CONNECTION_TIMEOUT (no answer)
    virtual nsapi_error_t connect(const SocketAddress &address) = 0;

    /// Send. Blocks until all is taken over, failed or timed out.
    /// @return bytes taken over (fewer than `size` only if not blocking or timed out); NSAPI_ERROR_WOULD_BLOCK if none
    ///         was; NSAPI_ERROR_NO_SOCKET; NSAPI_ERROR_NO_CONNECTION; NSAPI_ERROR_CONNECTION_LOST
    virtual nsapi_size_or_error_t send(const void *data, nsapi_size_t size) = 0;

    /// Receive. Blocks until there is something, failed or timed out.
    /// @return bytes; 0 if the peer has closed its side; NSAPI_ERROR_WOULD_BLOCK if there is nothing (not blocking, or
    ///         timed out); NSAPI_ERROR_NO_SOCKET; NSAPI_ERROR_NO_CONNECTION; NSAPI_ERROR_CONNECTION_LOST
    virtual nsapi_size_or_error_t recv(void *data, nsapi_size_t size) = 0;

    /// Send to an address. A connected stream socket ignores the address: as send.
    virtual nsapi_size_or_error_t sendto(const SocketAddress &address, const void *data, nsapi_size_t size) = 0;

    /// Receive and learn who sent. A stream socket gives its peer's address: otherwise as recv.
    /// @param address where to put the sender's address, or null
    virtual nsapi_size_or_error_t recvfrom(SocketAddress *address, void *data, nsapi_size_t size) = 0;

    /// As sendto, with control data. NSAPI_ERROR_UNSUPPORTED if `control` is given and the socket can't use it.
    virtual nsapi_size_or_error_t sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                          nsapi_msghdr_t *control, nsapi_size_t control_size) = 0;

    /// As recvfrom, with control data. NSAPI_ERROR_UNSUPPORTED if `control` is given and the socket can't use it.
    virtual nsapi_size_or_error_t recvmsg(SocketAddress *address, void *data, nsapi_size_t size,
                                          nsapi_msghdr_t *control, nsapi_size_t control_size) = 0;

    /// Take a local address. The unspecified address binds the port only.
    virtual nsapi_error_t bind(const SocketAddress &address) = 0;

    /// set_blocking(true) is set_timeout(-1); set_blocking(false) is set_timeout(0). Sockets begin blocking.
    virtual void set_blocking(bool blocking) = 0;

    /// How long a call may block.
    /// @param timeout milliseconds; 0: don't block; negative: no limit
    virtual void set_timeout(int timeout) = 0;

    /// Have a function called when the state may have changed: data, room to send, a connection, an error. It may be
    /// called for no reason, from the stack's thread or an interrupt: it must be short and make no socket calls.
    virtual void sigio(mbed::Callback<void()> func) = 0;

    /// Set an option (nsapi_socket_level_t, nsapi_socket_option_t, or a stack's own).
    /// @param optlen bytes at `optval`
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_SOCKET, NSAPI_ERROR_UNSUPPORTED, NSAPI_ERROR_PARAMETER (wrong length)
    virtual nsapi_error_t setsockopt(int level, int optname, const void *optval, unsigned optlen) = 0;

    /// Read an option.
    /// @param optlen bytes of room at `optval`; becomes the bytes written
    /// @return as setsockopt
    virtual nsapi_error_t getsockopt(int level, int optname, void *optval, unsigned *optlen) = 0;

    /// Accept a connection on a listening socket. The new socket deletes itself in its close().
    /// @param error where to put the result, or null: NSAPI_ERROR_OK, NSAPI_ERROR_WOULD_BLOCK, NSAPI_ERROR_NO_SOCKET,
    ///              NSAPI_ERROR_NO_MEMORY, NSAPI_ERROR_UNSUPPORTED
    /// @return the new socket, or null
    virtual Socket *accept(nsapi_error_t *error = nullptr) = 0;

    /// Wait for connections on the bound address.
    /// @param backlog connections that may wait to be accepted
    virtual nsapi_error_t listen(int backlog = 1) = 0;

    /// Who is at the other end.
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_SOCKET (not open), NSAPI_ERROR_NO_CONNECTION (no peer)
    virtual nsapi_error_t getpeername(SocketAddress *address) = 0;
};

#endif
