#pragma once

namespace tlsbench::tls {

/// Whether connect() on a non-blocking socket returns before it is done. Mbed TLS then stops in the middle of what it
/// computes on curves, on blocking sockets too.
constexpr bool nonblocking_handshake = MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE;

} // namespace tlsbench::tls
