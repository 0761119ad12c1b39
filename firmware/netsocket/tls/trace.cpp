#include "netsocket/tls/trace.h"

#include "netsocket/tls/errors.h"
#include "platform/mbed_rtc_time.h"

#include "mbedtls/debug.h"
#include "mbedtls/x509_crt.h"

#include <cstring>

static_assert(MBED_CONF_TLS_SOCKET_DEBUG_LEVEL == 0 || MBED_CONF_MBED_TRACE_ENABLE,
              "tls-socket.debug-level shows nothing without mbed-trace.enable");

#if MBED_CONF_MBED_TRACE_ENABLE

namespace tlsbench::tls {
namespace {

void trace_flags(uint32_t flags)
{
    constexpr uint32_t time = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    if (flags & time && !clock_is_set()) {
        tr_err("The clock is not set, so that no certificate can be valid: call set_time()");
        flags &= ~time;
    }
    static const struct {
        uint32_t flag;
        const char *text;
    } reasons[] = {
        {MBEDTLS_X509_BADCERT_EXPIRED, "The certificate has expired"},
        {MBEDTLS_X509_BADCERT_FUTURE, "The certificate is not valid yet"},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, "The certificate is for another host name"},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "The certificate does not lead to a root certificate that is set"},
    };
    for (auto &reason : reasons) {
        if (flags & reason.flag) {
            tr_err("%s", reason.text);
            flags &= ~reason.flag;
        }
    }
    if (flags) {
        tr_err("The certificate is refused for MBEDTLS_X509_BADCERT 0x%lx", static_cast<unsigned long>(flags));
    }
}

const char *reason(nsapi_error_t error)
{
    switch (error) {
        case NSAPI_ERROR_NO_MEMORY: return "Out of memory";
        case NSAPI_ERROR_WOULD_BLOCK:
        case NSAPI_ERROR_CONNECTION_TIMEOUT: return "The timeout has passed";
        case NSAPI_ERROR_CONNECTION_LOST: return "The peer or the network has ended the connection";
        case NSAPI_ERROR_NO_CONNECTION: return "The peer cannot be reached";
        case NSAPI_ERROR_DNS_FAILURE: return "The host name is unknown";
        case NSAPI_ERROR_NO_SOCKET: return "The socket was closed meanwhile";
        case NSAPI_ERROR_DEVICE_ERROR: return "There is no entropy";
        case NSAPI_ERROR_AUTH_FAILURE: return "The peer's certificate is refused";
        case NSAPI_ERROR_PARAMETER: return "A parameter is wrong";
        default: return nullptr;
    }
}

/// Mbed TLS's callback for each certificate of a chain: the root comes first, the server's own last.
int see_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    char text[96];
    auto show = [&text](const char *what, int length) {
        if (length >= 0) {
            tr_debug("    %s: %s", what, text);
        }
    };
    if (depth == 0) {
        tr_debug("Server certificate:");
        show("subject", mbedtls_x509_dn_gets(text, sizeof text, &certificate->subject));
        show("issuer", mbedtls_x509_dn_gets(text, sizeof text, &certificate->issuer));
        show("serial", mbedtls_x509_serial_gets(text, sizeof text, &certificate->serial));
        const mbedtls_x509_time &from = certificate->valid_from, &to = certificate->valid_to;
        tr_debug("    valid: %04d-%02d-%02d %02d:%02d to %04d-%02d-%02d %02d:%02d", from.year, from.mon, from.day,
                 from.hour, from.min, to.year, to.mon, to.day, to.hour, to.min);
        tr_debug("    key: %s, %u bits", mbedtls_pk_get_name(&certificate->pk),
                 unsigned(mbedtls_pk_get_bitlen(&certificate->pk)));
    }
    // The application's own callback, in whose place this one is.
    auto conf = static_cast<const mbedtls_ssl_context *>(context)->MBEDTLS_PRIVATE(conf);
    auto verify = conf->MBEDTLS_PRIVATE(f_vrfy);
    return verify ? verify(conf->MBEDTLS_PRIVATE(p_vrfy), certificate, depth, flags) : 0;
}

#if MBED_CONF_TLS_SOCKET_DEBUG_LEVEL > 0
void say(void *, int level, const char *file, int line, const char *text)
{
    const char *slash = strrchr(file, '/');
    int length = int(strcspn(text, "\n"));
    tr_debug("%s:%d: |%d| %.*s", slash ? slash + 1 : file, line, level, length, text);
}
#endif

} // namespace

void trace_failure(nsapi_error_t error, int tls_error, uint32_t verify_flags, const mbedtls_ssl_context *ssl)
{
    if (tls_error == MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED) {
        tr_err("No root certificate is set: call set_root_ca_cert()");
    } else if (error == NSAPI_ERROR_AUTH_FAILURE && verify_flags) {
        trace_flags(verify_flags);
    } else if (tls_error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE && ssl) {
        tr_err("The peer refuses, with alert %d", ssl->MBEDTLS_PRIVATE(in_msg)[1]);
    } else if (const char *text = reason(error)) {
        tr_err("%s", text);
    }
    tr_err("TLS connection failed: %d, Mbed TLS -0x%04x", error, unsigned(-tls_error));
}

void trace_success(const char *name, const mbedtls_ssl_context *ssl)
{
    tr_info("TLS connection to %s established", printable(name));
    // Nothing is held against a certificate that Mbed TLS was told not to look at.
    const auto mode = ssl->MBEDTLS_PRIVATE(conf)->MBEDTLS_PRIVATE(authmode);
    if (mode != MBEDTLS_SSL_VERIFY_NONE && mbedtls_ssl_get_verify_result(ssl) == 0) {
        tr_info("Certificate verification passed");
    } else {
        tr_warn("Certificate not verified: the configuration in use says so");
    }
}

void trace_certificates(mbedtls_ssl_context *ssl)
{
    mbedtls_ssl_set_verify(ssl, see_certificate, ssl);
}

void trace_mbedtls([[maybe_unused]] mbedtls_ssl_config *conf)
{
#if MBED_CONF_TLS_SOCKET_DEBUG_LEVEL > 0
    mbedtls_ssl_conf_dbg(conf, say, nullptr);
    mbedtls_debug_set_threshold(MBED_CONF_TLS_SOCKET_DEBUG_LEVEL);
#endif
}

} // namespace tlsbench::tls

#endif
