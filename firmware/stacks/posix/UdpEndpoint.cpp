#include "UdpEndpoint.h"

#include "address.h"
#include "watcher.h"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace tlsbench {
namespace posix {

namespace {

constexpr size_t pool_size = 4; // as many as the target has

} // namespace

UdpEndpoint UdpEndpoint::pool[pool_size];

UdpEndpoint *UdpEndpoint::open()
{
    for (UdpEndpoint &one : pool) {
        if (one._descriptor < 0) {
            const int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            if (descriptor >= 0 && watch(descriptor, one)) {
                one._descriptor = descriptor;
                return &one;
            }
            ::close(descriptor);
            return nullptr;
        }
    }
    return nullptr;
}

UdpEndpoint *UdpEndpoint::of(nsapi_socket_t handle)
{
    for (UdpEndpoint &one : pool) {
        if (handle == &one) {
            return &one;
        }
    }
    return nullptr;
}

void UdpEndpoint::close()
{
    ::close(_descriptor);
    *this = UdpEndpoint();
}

nsapi_error_t UdpEndpoint::bind(const SocketAddress &address)
{
    sockaddr_in local;
    if (!to_posix(address, &local)) {
        return NSAPI_ERROR_PARAMETER;
    }
    const bool bound = ::bind(_descriptor, reinterpret_cast<sockaddr *>(&local), sizeof local) == 0;
    return bound ? NSAPI_ERROR_OK : to_nsapi(errno);
}

nsapi_size_or_error_t UdpEndpoint::send_to(const SocketAddress &address, const void *data, nsapi_size_t size)
{
    sockaddr_in peer;
    if (!to_posix(address, &peer) || peer.sin_addr.s_addr == INADDR_ANY) {
        return NSAPI_ERROR_PARAMETER;
    }
    const ssize_t sent = sendto(_descriptor, data, size, 0, reinterpret_cast<sockaddr *>(&peer), sizeof peer);
    if (sent < 0) {
        return errno == EMSGSIZE ? NSAPI_ERROR_PARAMETER : to_nsapi(errno);
    }
    return nsapi_size_or_error_t(sent);
}

nsapi_size_or_error_t UdpEndpoint::receive_from(SocketAddress *address, void *data, nsapi_size_t size)
{
    sockaddr_in from = {};
    socklen_t length = sizeof from;
    const ssize_t count = recvfrom(_descriptor, data, size, 0, reinterpret_cast<sockaddr *>(&from), &length);
    if (count < 0) {
        return to_nsapi(errno);
    }
    if (address) {
        *address = to_nsapi(from);
    }
    return nsapi_size_or_error_t(count);
}

} // namespace posix
} // namespace tlsbench
