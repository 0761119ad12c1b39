// What the files of this stack share.
#pragma once

#include "lwip/ip_addr.h"
#include "lwip/tcpip.h"
#include "netsocket/SocketAddress.h"

namespace tlsbench {
namespace lwip {

/// Holds lwIP's lock from construction to the end of the scope.
class CoreLock {
public:
    CoreLock() { LOCK_TCPIP_CORE(); }
    ~CoreLock() { UNLOCK_TCPIP_CORE(); }
    CoreLock(const CoreLock &) = delete;
    CoreLock &operator=(const CoreLock &) = delete;
};

/// Start lwIP's thread, once. Nothing else of lwIP may be used before.
void start();

nsapi_error_t to_nsapi(err_t error);
SocketAddress to_nsapi(const ip_addr_t &address, uint16_t port = 0);

/// @return false unless it is an IPv4 address; the unspecified address is any address
bool to_lwip(const SocketAddress &address, ip_addr_t *out);

} // namespace lwip
} // namespace tlsbench
