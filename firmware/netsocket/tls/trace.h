// What the secure sockets log. Off, these are empty.
#pragma once

#define TRACE_GROUP "TLSW"
#include "platform/mbed_trace.h"

#include "netsocket/nsapi_types.h"

#include "mbedtls/ssl.h"

namespace tlsbench::tls {

#if MBED_CONF_MBED_TRACE_ENABLE

/// Why a connection was not made, or ended: a line for each cause.
/// @param ssl where a peer's alert is read from; may be null
void trace_failure(nsapi_error_t error, int tls_error, uint32_t verify_flags, const mbedtls_ssl_context *ssl);

/// A connection was made.
void trace_success(const char *name, const mbedtls_ssl_context *ssl);

/// Log the certificates of this handshake as they are checked.
void trace_certificates(mbedtls_ssl_context *ssl);

/// Log what Mbed TLS says of its own work, down to tls-socket.debug-level.
void trace_mbedtls(mbedtls_ssl_config *conf);

#else

inline void trace_failure(nsapi_error_t, int, uint32_t, const mbedtls_ssl_context *) {}
inline void trace_success(const char *, const mbedtls_ssl_context *) {}
inline void trace_certificates(mbedtls_ssl_context *) {}
inline void trace_mbedtls(mbedtls_ssl_config *) {}

#endif

/// A peer's name for a line.
inline const char *printable(const char *name)
{
    return name ? name : "a peer of any name";
}

} // namespace tlsbench::tls
