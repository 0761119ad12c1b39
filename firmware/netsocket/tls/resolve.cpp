// TLSSocketWrapper: looking up a host.
#include "netsocket/Lookup.h"
#include "netsocket/TLSSocketWrapper.h"

#include <new>

using tlsbench::Lookup;

nsapi_error_t TLSSocketWrapper::resolve_at(NetworkStack *stack, const Deadline &deadline, const char *host,
                                           SocketAddress *address)
{
    if (!stack) {
        return NSAPI_ERROR_NO_SOCKET;
    }
#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE
    // Nobody may be waiting: whoever calls connect() again wants to hear when.
    if (!_lookup) {
        _lookup = new (std::nothrow) Lookup(*stack, host, [this] { event(); });
    }
    if (!_lookup) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    const Lookup &lookup = *_lookup;
#else
    Lookup lookup(*stack, host, [this] { wake(CONNECT); });
#endif
    Deadline::Milliseconds backoff = rtos::Kernel::wait_for_u32_max; // the answer always wakes
    while (!lookup.ended()) {
        nsapi_error_t ret = pause(CONNECT, deadline, backoff);
        if (ret != NSAPI_ERROR_OK) {
            return ret;
        }
    }
    return lookup.result(address);
}
