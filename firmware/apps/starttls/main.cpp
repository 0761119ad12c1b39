/* Begins in the clear, and turns the same connection to TLS by STARTTLS, as a mail client does (RFC 3207). */
#include "mbed.h"

/// Read a line, and not one byte behind it: what follows the server's last line in the clear belongs to TLS.
/// @return its length without the line's end; negative: what the socket returned
static int read_line(Socket &socket, char *line, size_t room)
{
    size_t length = 0;
    for (char c = 0; c != '\n';) {
        const nsapi_size_or_error_t count = socket.recv(&c, 1);
        if (count <= 0) {
            return count == 0 ? int(NSAPI_ERROR_CONNECTION_LOST) : count;
        }
        if (c != '\r' && c != '\n' && length + 1 < room) {
            line[length++] = c;
        }
    }
    line[length] = 0;
    return int(length);
}

/// Wait for a line that says yes.
static bool server_agrees(Socket &socket)
{
    char line[80];
    const int length = read_line(socket, line, sizeof line);
    if (length < 0) {
        printf("No line came (%d)\n", length);
        return false;
    }
    printf("< %s\n", line);
    return strncmp(line, "220", 3) == 0;
}

static nsapi_error_t connect(NetworkInterface *network, TCPSocket &connection)
{
    nsapi_error_t result = network->connect();
    SocketAddress address;
    if (result == NSAPI_ERROR_OK) {
        result = network->gethostbyname(MBED_CONF_APP_HOST, &address);
    }
    if (result == NSAPI_ERROR_OK) {
        result = connection.open(network);
    }
    address.set_port(MBED_CONF_APP_PORT);
    return result == NSAPI_ERROR_OK ? connection.connect(address) : result;
}

int main()
{
    TCPSocket connection;
    nsapi_error_t result = connect(NetworkInterface::get_default_instance(), connection);
    if (result != NSAPI_ERROR_OK) {
        printf("%s: connect failed (%d)\n", MBED_CONF_APP_HOST, result);
        return 1;
    }

    // In the clear. Nothing that the server says until here can be trusted.
    if (!server_agrees(connection)) {
        return 1;
    }
    printf("> STARTTLS\n");
    connection.send("STARTTLS\r\n", 10);
    if (!server_agrees(connection)) {
        printf("The server will not speak TLS\n");
        return 1;
    }

    // The same connection from here on secure. TRANSPORT_CLOSE: it is open already, and tls.close() closes it.
    TLSSocketWrapper tls(&connection, MBED_CONF_APP_HOST, TLSSocketWrapper::TRANSPORT_CLOSE);
    result = tls.set_root_ca_cert(MBED_CONF_APP_ROOT_CA);
    if (result == NSAPI_ERROR_OK) {
        result = tls.connect();
    }
    if (result != NSAPI_ERROR_OK) {
        printf("TLS failed (%d)\n", result);
        return 1;
    }
    printf("Secure from here on\n");

    printf("> HELLO\n");
    tls.send("HELLO\r\n", 7);
    char line[80];
    result = read_line(tls, line, sizeof line);
    if (result < 0) {
        printf("No line came (%d)\n", result);
        return 1;
    }
    printf("< %s\n", line);
    tls.close();
    return 0;
}
