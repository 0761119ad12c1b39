#pragma once

#include "netsocket/nsapi_types.h"

#include "mbedtls/ssl.h"

// Mbed TLS 3 marks fields that are not part of its API with this; in 2.28 they bear their plain names.
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

namespace tlsbench::tls {

/// What an application is told about a failed call of Mbed TLS.
/// @param code          Mbed TLS's code, or an nsapi_error that the transport gave and Mbed TLS passed on
/// @param ssl           where a peer's alert is read from; may be null
/// @param out_of_memory an allocation failed during the call. Mbed TLS reports that under many names, in the middle of
///                      verifying a certificate even as a bad signature.
/// @return an nsapi_error, or `code` where none fits
nsapi_error_t to_nsapi(int code, const mbedtls_ssl_context *ssl, bool out_of_memory);

} // namespace tlsbench::tls
