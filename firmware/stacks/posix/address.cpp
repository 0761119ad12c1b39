#include "address.h"

#include <cerrno>
#include <cstring>

namespace tlsbench {
namespace posix {

bool to_posix(const SocketAddress &address, sockaddr_in *out)
{
    *out = {};
    out->sin_family = AF_INET;
    out->sin_port = htons(address.get_port());
    if (address.get_ip_version() == NSAPI_IPv4) {
        memcpy(&out->sin_addr, address.get_ip_bytes(), NSAPI_IPv4_BYTES);
    }
    return address.get_ip_version() != NSAPI_IPv6;
}

SocketAddress to_nsapi(const sockaddr_in &address)
{
    return SocketAddress(&address.sin_addr, NSAPI_IPv4, ntohs(address.sin_port));
}

nsapi_error_t to_nsapi(int error)
{
    switch (error) {
        case 0: return NSAPI_ERROR_OK;
        case EAGAIN:
        case EINTR: return NSAPI_ERROR_WOULD_BLOCK;
        case EINPROGRESS: return NSAPI_ERROR_IN_PROGRESS;
        case EALREADY: return NSAPI_ERROR_ALREADY;
        case EISCONN: return NSAPI_ERROR_IS_CONNECTED;
        case EADDRINUSE: return NSAPI_ERROR_ADDRESS_IN_USE;
        case ENOBUFS:
        case ENOMEM: return NSAPI_ERROR_NO_MEMORY;
        case EMFILE:
        case ENFILE: return NSAPI_ERROR_NO_SOCKET;
        case ECONNREFUSED: // Mbed OS has no code of its own for a refused connection
        case ENOTCONN:
        case ENETUNREACH:
        case EHOSTUNREACH: return NSAPI_ERROR_NO_CONNECTION;
        case ECONNRESET:
        case ECONNABORTED:
        case EPIPE: return NSAPI_ERROR_CONNECTION_LOST;
        case ETIMEDOUT: return NSAPI_ERROR_CONNECTION_TIMEOUT;
        case EINVAL:
        case EADDRNOTAVAIL: return NSAPI_ERROR_PARAMETER;
        default: return NSAPI_ERROR_DEVICE_ERROR;
    }
}

} // namespace posix
} // namespace tlsbench
