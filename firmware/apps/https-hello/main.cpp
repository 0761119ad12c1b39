/* Gets a page over HTTPS and prints it. With app.secure 0 the same client gets it over plain HTTP. */
#include "mbed.h"
#include "mbed_trace.h"

#include "HttpClient.h"

/// A socket as app.secure wants it, and open; null if that failed. Who uses it need not know which kind it is.
static Socket *open_socket(NetworkInterface *network)
{
    Socket *socket;
    nsapi_error_t result;
    if (MBED_CONF_APP_SECURE) {
        TLSSocket *tls = new TLSSocket();
        socket = tls;
        result = tls->open(network);
        if (result == NSAPI_ERROR_OK) {
            result = tls->set_root_ca_cert(MBED_CONF_APP_ROOT_CA);
        }
        tls->set_hostname(MBED_CONF_APP_HOST); // the name that the certificate must have
    } else {
        TCPSocket *tcp = new TCPSocket();
        socket = tcp;
        result = tcp->open(network);
    }
    if (result != NSAPI_ERROR_OK) {
        printf("Socket set-up failed (%d)\n", result);
        delete socket;
        return nullptr;
    }
    return socket;
}

static int print_page(NetworkInterface *network, Socket *socket)
{
    SocketAddress address;
    nsapi_error_t result = network->gethostbyname(MBED_CONF_APP_HOST, &address);
    if (result != NSAPI_ERROR_OK) {
        printf("%s: no address (%d)\n", MBED_CONF_APP_HOST, result);
        return 1;
    }
    address.set_port(MBED_CONF_APP_PORT);
    result = socket->connect(address); // a TLSSocket shakes hands, too
    if (result != NSAPI_ERROR_OK) {
        printf("%s: connect failed (%d)\n", MBED_CONF_APP_HOST, result);
        return 1;
    }

    HttpClient http(socket);
    const int status = http.get(MBED_CONF_APP_HOST, MBED_CONF_APP_PATH);
    if (status < 0) {
        printf("%s: request failed (%d)\n", MBED_CONF_APP_HOST, status);
        return 1;
    }
    printf("Status %d\n\n", status);
    char text[128];
    nsapi_size_or_error_t count;
    while ((count = http.read(text, sizeof text)) > 0) {
        printf("%.*s", count, text);
    }
    printf("\n");
    if (count < 0) {
        printf("%s: the page broke off (%d)\n", MBED_CONF_APP_HOST, count);
        return 1;
    }
    return status == 200 ? 0 : 1;
}

int main()
{
    mbed_trace_init(); // what the TLS socket does goes to the console, too: mbed-trace.enable in mbed_app.json

    NetworkInterface *network = NetworkInterface::get_default_instance();
    const nsapi_error_t result = network->connect();
    if (result != NSAPI_ERROR_OK) {
        printf("Could not connect to the network (%d)\n", result);
        return 1;
    }
    Socket *socket = open_socket(network);
    if (!socket) {
        return 1;
    }
    const int status = print_page(network, socket);
    socket->close();
    delete socket;
    network->disconnect();
    return status;
}
