#include "netsocket/tls/errors.h"

#include "mbedtls/ctr_drbg.h"
#include "mbedtls/ecp.h"
#include "mbedtls/rsa.h"
#include "mbedtls/x509.h"

namespace tlsbench::tls {
namespace {

/// Whether the peer's fatal alert says that it refuses our certificate (RFC 5246, section 7.2.2).
bool refuses_certificate(const mbedtls_ssl_context *ssl)
{
    switch (ssl->MBEDTLS_PRIVATE(in_msg)[1]) {
        case MBEDTLS_SSL_ALERT_MSG_NO_CERT:
        case MBEDTLS_SSL_ALERT_MSG_BAD_CERT:
        case MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT:
        case MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED:
        case MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED:
        case MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN:
        case MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA:
        case MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED: return true;
        default: return false;
    }
}

} // namespace

nsapi_error_t to_nsapi(int code, const mbedtls_ssl_context *ssl, bool out_of_memory)
{
    if (code <= NSAPI_ERROR_WOULD_BLOCK && code >= NSAPI_ERROR_BUSY) {
        return code; // the transport's own
    }
    if (out_of_memory) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    switch (code) {
        case MBEDTLS_ERR_SSL_TIMEOUT: return NSAPI_ERROR_CONNECTION_TIMEOUT; // a handshake over datagrams gave up
        case MBEDTLS_ERR_SSL_CONN_EOF:
        case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY: // in the middle of a handshake
            return NSAPI_ERROR_CONNECTION_LOST;
        case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
        case MBEDTLS_ERR_X509_FATAL_ERROR: // Mbed TLS 3 without a clock
        case MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED:
#ifdef MBEDTLS_ERR_SSL_BAD_CERTIFICATE
        case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
#else
        case MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE:
#endif
        // The server could not show that it has the certificate's key.
        case MBEDTLS_ERR_ECP_VERIFY_FAILED:
        case MBEDTLS_ERR_RSA_VERIFY_FAILED: return NSAPI_ERROR_AUTH_FAILURE;
        case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
            return ssl && refuses_certificate(ssl) ? int(NSAPI_ERROR_AUTH_FAILURE) : code;
        case MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED: return NSAPI_ERROR_DEVICE_ERROR;
        default: return code;
    }
}

} // namespace tlsbench::tls
