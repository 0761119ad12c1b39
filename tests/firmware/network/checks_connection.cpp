#include "check.h"

#include <cstdlib>
#include <cstring>

namespace {

Verdict dhcp(const char *)
{
    EXPECT(NSAPI_ERROR_OK, network()->connect());
    EXPECT(NSAPI_STATUS_GLOBAL_UP, network()->get_connection_status());
    EXPECT(NSAPI_ERROR_IS_CONNECTED, network()->connect());
    SocketAddress address, netmask, gateway;
    EXPECT(NSAPI_ERROR_OK, network()->get_ip_address(&address));
    EXPECT(NSAPI_ERROR_OK, network()->get_netmask(&netmask));
    EXPECT(NSAPI_ERROR_OK, network()->get_gateway(&gateway));
    char name[NSAPI_INTERFACE_NAME_MAX_SIZE];
    return verdict(true, "%s %s %s %s %s", address.get_ip_address(), netmask.get_ip_address(), gateway.get_ip_address(),
                   network()->get_mac_address(), network()->get_interface_name(name));
}

Verdict dhcp_unanswered(const char *)
{
    nsapi_error_t error = NSAPI_ERROR_OK;
    const uint32_t took = elapsed_ms([&]() { error = network()->connect(); });
    EXPECT(NSAPI_ERROR_DHCP_FAILURE, error);
    EXPECT(NSAPI_STATUS_DISCONNECTED, network()->get_connection_status());
    return verdict(true, "%u ms", unsigned(took));
}

Verdict no_link(const char *)
{
    EXPECT(NSAPI_ERROR_NO_CONNECTION, network()->connect());
    EXPECT(NSAPI_ERROR_NO_CONNECTION, network()->disconnect());
    return verdict(true, "");
}

Verdict disconnect(const char *)
{
    EXPECT(NSAPI_ERROR_OK, network()->disconnect());
    EXPECT(NSAPI_STATUS_DISCONNECTED, network()->get_connection_status());
    SocketAddress address;
    EXPECT(NSAPI_ERROR_NO_ADDRESS, network()->get_ip_address(&address));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, network()->gethostbyname("localhost", &address));
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.connect(host("1")));
    return verdict(true, "");
}

Verdict static_address(const char *)
{
    EXPECT(NSAPI_ERROR_OK, network()->set_network("10.0.2.77", "255.255.255.0", "10.0.2.2"));
    EXPECT(NSAPI_ERROR_OK, network()->connect());
    SocketAddress address;
    EXPECT(NSAPI_ERROR_OK, network()->get_ip_address(&address));
    return verdict(true, "%s", address.get_ip_address());
}

/// The interface in asynchronous mode tells each step.
Verdict asynchronous(const char *)
{
    static volatile int changes = 0;
    static volatile int last = -1;
    changes = 0;
    network()->attach([](nsapi_event_t, intptr_t status) {
        changes = changes + 1;
        last = int(status);
    });
    EXPECT(NSAPI_ERROR_OK, network()->set_dhcp(true));
    EXPECT(NSAPI_ERROR_OK, network()->set_blocking(false));
    EXPECT(NSAPI_ERROR_OK, network()->connect());
    for (int i = 0; i < 100 && network()->get_connection_status() != NSAPI_STATUS_GLOBAL_UP; i++) {
        ThisThread::sleep_for(50ms);
    }
    network()->set_blocking(true);
    network()->attach(nullptr);
    EXPECT(NSAPI_STATUS_GLOBAL_UP, last);
    EXPECT(2, changes); // connecting, up
    return verdict(true, "");
}

Verdict refused(const char *argument)
{
    TCPSocket socket;
    SocketAddress peer;
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.connect(host(argument)));
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.open(network()));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.connect(host(argument)));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.send("x", 1));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.getpeername(&peer));
    EXPECT(NSAPI_ERROR_OK, socket.close());
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.close());
    return verdict(true, "");
}

/// The connection is refused while nobody is in a call: then there is no peer.
Verdict refused_without_waiting(const char *argument)
{
    TCPSocket socket;
    SocketAddress peer;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    socket.set_blocking(false);
    EXPECT(NSAPI_ERROR_IN_PROGRESS, socket.connect(host(argument)));
    socket.set_timeout(10'000);
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.connect(host(argument)));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.getpeername(&peer));
    return verdict(true, "");
}

/// A call that finds a connection under way waits for that one, whatever address it names.
Verdict connect_again(const char *argument)
{
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    socket.set_blocking(false);
    EXPECT(NSAPI_ERROR_IN_PROGRESS, socket.connect(host(argument)));
    socket.set_timeout(10'000);
    const nsapi_error_t error = socket.connect(host("1"));
    EXPECT(true, error == NSAPI_ERROR_OK || error == NSAPI_ERROR_IS_CONNECTED); // on a busy machine it is already
    SocketAddress peer;
    EXPECT(NSAPI_ERROR_OK, socket.getpeername(&peer));
    EXPECT(true, peer == host(argument));
    return verdict(true, "");
}

Verdict connect_without_waiting(const char *argument)
{
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    socket.set_blocking(false);
    EXPECT(NSAPI_ERROR_IN_PROGRESS, socket.connect(host(argument)));
    nsapi_error_t error = NSAPI_ERROR_ALREADY;
    for (int i = 0; i < 1000 && error == NSAPI_ERROR_ALREADY; i++) {
        error = socket.connect(host(argument));
        ThisThread::sleep_for(10ms);
    }
    EXPECT(NSAPI_ERROR_IS_CONNECTED, error);
    SocketAddress peer;
    EXPECT(NSAPI_ERROR_OK, socket.getpeername(&peer));
    EXPECT(true, peer == host(argument));
    return verdict(true, "");
}

Verdict reset_by_peer(const char *argument)
{
    TCPSocket socket;
    char byte;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    EXPECT(1, socket.send("x", 1)); // the peer resets when it has this
    EXPECT(NSAPI_ERROR_CONNECTION_LOST, socket.recv(&byte, 1));
    EXPECT(NSAPI_ERROR_CONNECTION_LOST, socket.send("x", 1));
    EXPECT(NSAPI_ERROR_CONNECTION_LOST, socket.connect(host(argument)));
    EXPECT(NSAPI_ERROR_OK, socket.close());
    return verdict(true, "");
}

Verdict closed_by_peer(const char *argument)
{
    TCPSocket socket;
    char bytes[16];
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    EXPECT(1, socket.send("x", 1)); // the peer says "bye" and closes
    EXPECT(3, socket.recv(bytes, sizeof bytes));
    EXPECT(0, socket.recv(bytes, sizeof bytes));
    EXPECT(0, socket.recv(bytes, sizeof bytes));
    return verdict(true, "");
}

Verdict hundred_connections(const char *argument)
{
    for (int i = 0; i < 100; i++) {
        TCPSocket socket;
        char bytes[4];
        EXPECT(NSAPI_ERROR_OK, socket.open(network()));
        EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
        EXPECT(4, socket.send("ping", 4));
        EXPECT(4, socket.recv(bytes, 4));
        EXPECT(NSAPI_ERROR_OK, socket.close());
    }
    return verdict(true, "");
}

/// All sockets can be had at once, one more can't, and all come back.
Verdict exhaustion(const char *)
{
    static TCPSocket sockets[16];
    int opened[2] = {};
    for (int &count : opened) {
        nsapi_error_t error = NSAPI_ERROR_OK;
        while (count < 16 && (error = sockets[count].open(network())) == NSAPI_ERROR_OK) {
            count++;
        }
        for (int i = 0; i < count; i++) {
            EXPECT(NSAPI_ERROR_OK, sockets[i].close());
        }
        EXPECT(NSAPI_ERROR_NO_SOCKET, error);
    }
    EXPECT(opened[0], opened[1]);
    return verdict(true, "%d sockets", opened[0]);
}

Verdict options(const char *)
{
    TCPSocket socket;
    int value = 1;
    unsigned size = sizeof value;
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, sizeof value));
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, sizeof value));
    value = 0;
    EXPECT(NSAPI_ERROR_OK, socket.getsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, &size));
    EXPECT(1, value);
    value = 12'000;
    EXPECT(NSAPI_ERROR_OK, socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPIDLE, &value, sizeof value));
    value = 0;
    EXPECT(NSAPI_ERROR_OK, socket.getsockopt(NSAPI_SOCKET, NSAPI_KEEPIDLE, &value, &size));
    EXPECT(12'000, value);
    EXPECT(NSAPI_ERROR_UNSUPPORTED, socket.setsockopt(NSAPI_SOCKET, NSAPI_LINGER, &value, sizeof value));
    EXPECT(NSAPI_ERROR_UNSUPPORTED, socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, 1));
    EXPECT(NSAPI_ERROR_UNSUPPORTED, socket.getsockopt(NSAPI_TLSSOCKET_LEVEL, NSAPI_TLSSOCKET_ENABLE, &value, &size));
    return verdict(true, "");
}

/// Bind, listen, accept; the host connects to the port and echoes. Argument: that port.
Verdict accept(const char *argument)
{
    TCPSocket server, other;
    nsapi_error_t error;
    EXPECT(NSAPI_ERROR_OK, server.open(network()));
    EXPECT(NSAPI_ERROR_OK, server.bind(uint16_t(atoi(argument))));
    EXPECT(NSAPI_ERROR_OK, server.listen(2));
    EXPECT(NSAPI_ERROR_OK, other.open(network()));
    EXPECT(NSAPI_ERROR_ADDRESS_IN_USE, other.bind(uint16_t(atoi(argument))));
    server.set_timeout(100);
    EXPECT(0, server.accept(&error) != nullptr);
    EXPECT(NSAPI_ERROR_WOULD_BLOCK, error);
    puts("LISTENING");
    server.set_timeout(10'000);
    TCPSocket *connection = server.accept(&error);
    EXPECT(NSAPI_ERROR_OK, error);
    connection->set_timeout(5'000);
    char bytes[8];
    EXPECT(4, connection->recv(bytes, sizeof bytes));
    EXPECT(4, connection->send(bytes, 4));
    EXPECT(0, connection->recv(bytes, sizeof bytes));
    SocketAddress peer;
    EXPECT(NSAPI_ERROR_OK, connection->getpeername(&peer));
    EXPECT(NSAPI_ERROR_OK, connection->close()); // it deletes itself
    return verdict(true, "%s", peer.get_ip_address());
}

} // namespace

const Check connection_checks[] = {
    {"dhcp", dhcp},
    {"dhcp_unanswered", dhcp_unanswered},
    {"no_link", no_link},
    {"disconnect", disconnect},
    {"static_address", static_address},
    {"asynchronous", asynchronous},
    {"refused", refused},
    {"refused_without_waiting", refused_without_waiting},
    {"connect_again", connect_again},
    {"connect_without_waiting", connect_without_waiting},
    {"reset_by_peer", reset_by_peer},
    {"closed_by_peer", closed_by_peer},
    {"hundred_connections", hundred_connections},
    {"exhaustion", exhaustion},
    {"options", options},
    {"accept", accept},
    {nullptr, nullptr},
};
