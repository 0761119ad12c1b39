/* Sends a datagram over DTLS to a server that echoes, and prints what comes back. */
#include "mbed.h"

static bool echo(DTLSSocket &socket, const char *text)
{
    char answer[64];
    for (int attempt = 0; attempt < 3; attempt++) { // DTLS protects datagrams, but does not repeat lost ones
        nsapi_size_or_error_t result = socket.send(text, strlen(text));
        if (result > 0) {
            result = socket.recv(answer, sizeof answer);
        }
        if (result > 0) {
            printf("Echo: %.*s\n", result, answer);
            return true;
        }
        if (result != NSAPI_ERROR_WOULD_BLOCK) {
            printf("The connection broke (%d)\n", result);
            return false;
        }
    }
    printf("No echo came\n");
    return false;
}

int main()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    nsapi_error_t result = network->connect();
    if (result != NSAPI_ERROR_OK) {
        printf("Could not connect to the network (%d)\n", result);
        return 1;
    }
    DTLSSocket *socket = new DTLSSocket();
    result = socket->open(network);
    if (result == NSAPI_ERROR_OK) {
        result = socket->set_root_ca_cert(MBED_CONF_APP_ROOT_CA);
    }
    if (result == NSAPI_ERROR_OK) {
        result = socket->connect(MBED_CONF_APP_HOST, MBED_CONF_APP_PORT);
    }
    bool done = false;
    if (result == NSAPI_ERROR_OK) {
        printf("DTLS connection to %s established\n", MBED_CONF_APP_HOST);
        socket->set_timeout(1000); // milliseconds to wait for an echo
        done = echo(*socket, "Hello over datagrams");
    } else {
        printf("%s: connect failed (%d)\n", MBED_CONF_APP_HOST, result);
    }
    socket->close();
    delete socket;
    return done ? 0 : 1;
}
