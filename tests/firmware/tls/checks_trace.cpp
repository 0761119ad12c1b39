// What the secure socket logs, line by line.
#include "checks.h"

#include "drivers/serial.h"
#include "netsocket/tls/errors.h"
#include "netsocket/tls/trace.h"

#include "mbedtls/x509.h"

namespace {

std::string printed;

void listen()
{
    mbed_trace_init();
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_WARN);
    mbed_trace_print_function_set([](const char *line) { printed += std::string(line) + "\n"; });
}

void should_have_printed(const std::string &lines)
{
    if (printed != lines) {
        printf("printed:\n%snot:\n%s", printed.c_str(), lines.c_str());
        exit(1);
    }
    printed.clear();
}

} // namespace

// The console is this thread's alone.
void tlsbench::serial_lock() {}
void tlsbench::serial_unlock() {}

void trace_reasons(int)
{
    listen();
    static const struct {
        nsapi_error_t error;
        int tls_error;
        uint32_t flags;
        const char *reason;
    } failures[] = {
        {NSAPI_ERROR_NO_MEMORY, 0, 0, "Out of memory"},
        {NSAPI_ERROR_WOULD_BLOCK, 0, 0, "The timeout has passed"},
        {NSAPI_ERROR_CONNECTION_TIMEOUT, 0, 0, "The timeout has passed"},
        {NSAPI_ERROR_CONNECTION_LOST, 0, 0, "The peer or the network has ended the connection"},
        {NSAPI_ERROR_NO_CONNECTION, 0, 0, "The peer cannot be reached"},
        {NSAPI_ERROR_DNS_FAILURE, 0, 0, "The host name is unknown"},
        {NSAPI_ERROR_NO_SOCKET, 0, 0, "The socket was closed meanwhile"},
        {NSAPI_ERROR_DEVICE_ERROR, 0, 0, "There is no entropy"},
        {NSAPI_ERROR_PARAMETER, 0, 0, "A parameter is wrong"},
        {NSAPI_ERROR_AUTH_FAILURE, 0, 0, "The peer's certificate is refused"},
        {NSAPI_ERROR_AUTH_FAILURE, MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED, 0,
         "No root certificate is set: call set_root_ca_cert()"},
        {NSAPI_ERROR_AUTH_FAILURE, 0, MBEDTLS_X509_BADCERT_EXPIRED, "The certificate has expired"},
        {NSAPI_ERROR_AUTH_FAILURE, 0, MBEDTLS_X509_BADCERT_REVOKED,
         "The certificate is refused for MBEDTLS_X509_BADCERT 0x2"},
        {MBEDTLS_ERR_SSL_INVALID_MAC, MBEDTLS_ERR_SSL_INVALID_MAC, 0, nullptr}, // no more than its number
    };
    for (const auto &failure : failures) {
        tlsbench::tls::trace_failure(failure.error, failure.tls_error, failure.flags, nullptr);
        const std::string reason = failure.reason ? std::string("[ERR ][TLSW]: ") + failure.reason + "\n" : "";
        char end[80];
        snprintf(end, sizeof end, "[ERR ][TLSW]: TLS connection failed: %d, Mbed TLS -0x%04x\n", failure.error,
                 unsigned(-failure.tls_error));
        should_have_printed(reason + end);
    }
}

void trace_out_of_memory(int)
{
    listen();
    Pair pair;
    const std::string pem = root();
    long refused = 0;
    for (;; ++refused) {
        Pair other;
        stand_in::refuse_allocation(refused);
        const nsapi_error_t ret = other.tls.set_root_ca_cert(pem.c_str());
        stand_in::refuse_allocation(-1);
        if (ret == NSAPI_ERROR_OK) {
            break;
        }
        CHECK(printed.compare(0, 27, "[ERR ][TLSW]: Out of memory") == 0);
        printed.clear();
    }
    CHECK(refused > 3);
    stand_in::refuse_allocation(0);
    pair.tls.set_hostname(HOST);
    stand_in::refuse_allocation(-1);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_NO_MEMORY);
    should_have_printed("[ERR ][TLSW]: Out of memory in set_hostname()\n");
}

void trace_unverified(int)
{
    listen();
    application_s_configuration(0);
    const std::string line = "[WARN][TLSW]: Certificate not verified: the configuration in use says so\n";
    should_have_printed(line + line); // whether it is not looked at, or what is wrong is let pass
}

void trace_nameless(int)
{
    listen();
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_INFO);
    HostSocket tcp;
    TLSSocketWrapper tls(&tcp);
    tls.set_hostname(nullptr);
    connect(tls);
    CHECK(printed.find("Starting TLS handshake with a peer of any name\n") != std::string::npos);
    CHECK(printed.find("TLS connection to a peer of any name established\n") != std::string::npos);
    CHECK(printed.find("Certificate verification passed\n") != std::string::npos);
}
