// One UDP socket of the operating system.
#pragma once

#include "Watched.h"
#include "netsocket/NetworkStack.h"

namespace tlsbench {
namespace posix {

/// Comes from a static pool. All members need the stack's lock.
class UdpEndpoint : public Watched {
public:
    /// @return null if the pool or the system has none left
    static UdpEndpoint *open();

    /// @return the endpoint behind a socket's handle, or null if it is no UDP socket's
    static UdpEndpoint *of(nsapi_socket_t handle);

    void close();
    nsapi_error_t bind(const SocketAddress &address);

    /// @return `size`; NSAPI_ERROR_WOULD_BLOCK; NSAPI_ERROR_PARAMETER (more than a datagram holds)
    nsapi_size_or_error_t send_to(const SocketAddress &address, const void *data, nsapi_size_t size);

    /// Take the oldest datagram; what `data` has no room for is lost.
    /// @return bytes stored; NSAPI_ERROR_WOULD_BLOCK if there is none
    nsapi_size_or_error_t receive_from(SocketAddress *address, void *data, nsapi_size_t size);

private:
    static UdpEndpoint pool[];

    int _descriptor = -1; // -1: unused
};

} // namespace posix
} // namespace tlsbench
