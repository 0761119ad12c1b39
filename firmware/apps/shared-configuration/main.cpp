/* Two connections with one TLS configuration: the root certificate is parsed and kept once, which saves RAM, and what
 * Mbed TLS's own functions change of it holds for both. */
#include "mbed.h"

/// Connect, send a line to a server that echoes, and print what comes back.
static bool greet(const char *name, TLSSocket &socket)
{
    nsapi_size_or_error_t result = socket.connect(MBED_CONF_APP_HOST, MBED_CONF_APP_PORT);
    if (result != NSAPI_ERROR_OK) {
        printf("%s: connect failed (%d)\n", name, result);
        return false;
    }
    char text[32];
    const int length = snprintf(text, sizeof text, "hello from %s", name);
    result = socket.send(text, nsapi_size_t(length));
    for (int came = 0; result > 0 && came < length; came += result) {
        result = socket.recv(text + came, nsapi_size_t(length - came));
    }
    if (result <= 0) {
        printf("%s: the connection broke (%d)\n", name, result);
        return false;
    }
    printf("%s: %.*s\n", name, length, text);
    return true;
}

static bool greet_twice(NetworkInterface *network, TLSSocket &first, TLSSocket &second)
{
    nsapi_error_t result = first.open(network);
    if (result == NSAPI_ERROR_OK) {
        result = second.open(network);
    }
    if (result == NSAPI_ERROR_OK) {
        result = first.set_root_ca_cert(MBED_CONF_APP_ROOT_CA);
    }
    if (result != NSAPI_ERROR_OK) {
        printf("Set-up failed (%d)\n", result);
        return false;
    }
    static const int suites[] = {MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
                                 MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, 0};
    mbedtls_ssl_conf_ciphersuites(first.get_ssl_config(), suites);
    // The second socket has no certificate of its own: it takes what the first one was told.
    second.set_ssl_config(first.get_ssl_config());
    return greet("first", first) && greet("second", second);
}

int main()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    const nsapi_error_t result = network->connect();
    if (result != NSAPI_ERROR_OK) {
        printf("Could not connect to the network (%d)\n", result);
        return 1;
    }
    TLSSocket *first = new TLSSocket();
    TLSSocket *second = new TLSSocket();
    const bool done = greet_twice(network, *first, *second);
    // The borrower goes first: on Mbed OS the lender's object holds the configuration.
    second->close();
    first->close();
    delete second;
    delete first;
    return done ? 0 : 1;
}
