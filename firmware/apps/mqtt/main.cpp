/* Subscribes to a topic, publishes to it, and prints what the broker sends back: MQTT over TLS. With app.secure 0 the
   same client speaks over plain TCP. */
#include "mbed.h"

#include "MqttClient.h"

static const char TOPIC[] = "tlsbench/hello";
static int messages;

static void print_message(const char *topic, const uint8_t *payload, size_t size)
{
    messages++;
    printf("Message on %s: %.*s\n", topic, int(size), reinterpret_cast<const char *>(payload));
}

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

static nsapi_error_t connect(NetworkInterface *network, Socket *socket)
{
    SocketAddress address;
    const nsapi_error_t result = network->gethostbyname(MBED_CONF_APP_HOST, &address);
    address.set_port(MBED_CONF_APP_PORT);
    return result == NSAPI_ERROR_OK ? socket->connect(address) : result; // a TLSSocket shakes hands, too
}

/// What a session is: nothing in it knows what carries it.
static nsapi_error_t talk(Socket *socket)
{
    MqttClient mqtt(socket, print_message);
    nsapi_error_t result = mqtt.connect("tlsbench", 60);
    if (result == NSAPI_ERROR_OK) {
        printf("Session begun\n");
        result = mqtt.subscribe(TOPIC, 1);
    }
    if (result == NSAPI_ERROR_OK) {
        printf("Subscribed to %s\n", TOPIC);
        result = mqtt.publish(TOPIC, "at most once", 12, 0);
    }
    if (result == NSAPI_ERROR_OK) {
        result = mqtt.publish(TOPIC, "at least once", 13, 1);
    }
    while (result == NSAPI_ERROR_OK && messages < 2) {
        result = mqtt.receive();
    }
    if (result == NSAPI_ERROR_OK) {
        result = mqtt.ping();
    }
    if (result == NSAPI_ERROR_OK) {
        printf("The broker answers a ping\n");
        result = mqtt.disconnect();
    }
    return result;
}

int main()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    nsapi_error_t result = network->connect();
    if (result != NSAPI_ERROR_OK) {
        printf("Could not connect to the network (%d)\n", result);
        return 1;
    }
    Socket *socket = open_socket(network);
    if (!socket) {
        return 1;
    }
    result = connect(network, socket);
    if (result == NSAPI_ERROR_OK) {
        result = talk(socket);
        printf("Session ended (%d)\n", result);
    } else {
        printf("%s: connect failed (%d)\n", MBED_CONF_APP_HOST, result);
    }
    socket->close();
    delete socket;
    network->disconnect();
    return result == NSAPI_ERROR_OK ? 0 : 1;
}
