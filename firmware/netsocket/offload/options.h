// Options of level NSAPI_TLSSOCKET_LEVEL beyond those of Mbed OS: what the stack's end says of the last handshake.
#pragma once

namespace tlsbench::offload {

enum TlsOption {
    GET_TLS_ERROR = 100,    ///< int, getsockopt: an Mbed TLS code
    GET_VERIFY_FLAGS = 101, ///< uint32_t, getsockopt: MBEDTLS_X509_BADCERT_...
};

} // namespace tlsbench::offload
