#include "core.h"

#include "rtos/Mutex.h"

#include <cstring>

namespace tlsbench {
namespace lwip {

void start()
{
    static rtos::Mutex once;
    static bool started = false;
    rtos::ScopedMutexLock lock(once);
    if (!started) {
        tcpip_init(nullptr, nullptr);
        started = true;
    }
}

nsapi_error_t to_nsapi(err_t error)
{
    switch (error) {
        case ERR_OK: return NSAPI_ERROR_OK;
        case ERR_MEM:
        case ERR_BUF: return NSAPI_ERROR_NO_MEMORY;
        case ERR_USE: return NSAPI_ERROR_ADDRESS_IN_USE;
        case ERR_RTE: // no way there: no interface is up
        case ERR_CONN: return NSAPI_ERROR_NO_CONNECTION;
        case ERR_INPROGRESS: return NSAPI_ERROR_IN_PROGRESS;
        case ERR_ALREADY: return NSAPI_ERROR_ALREADY;
        case ERR_ISCONN: return NSAPI_ERROR_IS_CONNECTED;
        case ERR_WOULDBLOCK: return NSAPI_ERROR_WOULD_BLOCK;
        case ERR_TIMEOUT: return NSAPI_ERROR_CONNECTION_TIMEOUT;
        case ERR_RST:
        case ERR_ABRT:
        case ERR_CLSD: return NSAPI_ERROR_CONNECTION_LOST;
        case ERR_VAL:
        case ERR_ARG: return NSAPI_ERROR_PARAMETER;
        default: return NSAPI_ERROR_DEVICE_ERROR;
    }
}

SocketAddress to_nsapi(const ip_addr_t &address, uint16_t port)
{
    const uint32_t bytes = ip_2_ip4(&address)->addr; // in network order
    return SocketAddress(&bytes, NSAPI_IPv4, port);
}

bool to_lwip(const SocketAddress &address, ip_addr_t *out)
{
    ip_addr_set_any(false, out);
    if (address.get_ip_version() == NSAPI_IPv4) {
        memcpy(&ip_2_ip4(out)->addr, address.get_ip_bytes(), NSAPI_IPv4_BYTES);
    }
    return address.get_ip_version() != NSAPI_IPv6;
}

} // namespace lwip
} // namespace tlsbench
