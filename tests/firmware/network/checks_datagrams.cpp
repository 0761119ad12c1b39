#include "check.h"
#include "stand_in_stack.h"

namespace {

// Ethernet's 1500 bytes less the headers of IP and UDP.
constexpr int longest = 1472;

uint8_t out[longest + 1], in[longest + 1];

/// Datagrams of every kind of length come back whole; one that needs fragments is refused.
Verdict datagram_sizes(const char *argument)
{
    UDPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    socket.set_timeout(5000);
    for (int size : {0, 1, 2, 511, 1024, longest - 1, longest}) {
        for (int i = 0; i < size; i++) {
            out[i] = uint8_t(i * 167 + size);
        }
        EXPECT(size, socket.send(out, nsapi_size_t(size)));
        memset(in, 0, sizeof in);
        EXPECT(size, socket.recv(in, sizeof in));
        EXPECT(0, memcmp(in, out, size_t(size)));
    }
    EXPECT(NSAPI_ERROR_PARAMETER, socket.send(out, longest + 1));
    return verdict(true, "");
}

/// Argument: the port of a peer, and one that is free.
Verdict datagram_errors(const char *argument)
{
    UDPSocket socket;
    SocketAddress peer;
    const uint16_t free_port = host(behind_space(argument)).get_port();
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.connect(host(argument)));
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.getpeername(&peer));
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.open(network()));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, socket.getpeername(&peer));
    EXPECT(NSAPI_ERROR_NO_ADDRESS, socket.send("x", 1));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.sendto(SocketAddress(), "x", 1));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.sendto(SocketAddress("::1", 1), "x", 1));
    EXPECT(NSAPI_ERROR_UNSUPPORTED, socket.listen());
    nsapi_error_t error = NSAPI_ERROR_OK;
    EXPECT(true, socket.accept(&error) == nullptr);
    EXPECT(NSAPI_ERROR_UNSUPPORTED, error);
    int value = 1;
    EXPECT(NSAPI_ERROR_UNSUPPORTED, socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, sizeof value));

    EXPECT(NSAPI_ERROR_OK, socket.bind(free_port));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.bind(uint16_t(0)));
    UDPSocket second;
    EXPECT(NSAPI_ERROR_OK, second.open(network()));
    EXPECT(NSAPI_ERROR_ADDRESS_IN_USE, second.bind(free_port));

    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    EXPECT(NSAPI_ERROR_OK, socket.getpeername(&peer));
    EXPECT(true, peer == host(argument));
    EXPECT(NSAPI_ERROR_OK, socket.connect(SocketAddress()));
    EXPECT(NSAPI_ERROR_NO_ADDRESS, socket.send("x", 1));
    return verdict(true, "");
}

/// Unread datagrams of some sockets leave memory to the one that is read.
Verdict datagram_neighbours(const char *argument)
{
    UDPSocket idle[3], socket;
    for (UDPSocket &one : idle) {
        EXPECT(NSAPI_ERROR_OK, one.open(network()));
        EXPECT(NSAPI_ERROR_OK, one.connect(host(argument)));
    }
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    socket.set_timeout(5000);
    for (int round = 0; round < 20; round++) {
        for (UDPSocket &one : idle) {
            EXPECT(longest, one.send(out, longest));
        }
        ThisThread::sleep_for(5ms);
        EXPECT(1, socket.send("x", 1));
        EXPECT(1, socket.recv(in, sizeof in));
    }
    return verdict(true, "");
}

/// A stack on which strangers send without end, and after so many of theirs the peer sends one.
class Flood final : public StandInStack {
public:
    int strangers = 0; ///< so many more; negative: without end

private:
    nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t, SocketAddress *address, void *, nsapi_size_t) override
    {
        *address = SocketAddress("10.0.2.2", strangers ? 2 : 1);
        strangers -= strangers > 0;
        return 1;
    }
};

/// Strangers' datagrams are dropped, but they don't keep the caller.
Verdict datagram_strangers(const char *)
{
    Flood flood;
    UDPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(&flood));
    EXPECT(NSAPI_ERROR_OK, socket.connect(SocketAddress("10.0.2.2", 1)));
    int calls = 0;
    socket.sigio([&calls] { calls++; });
    flood.strangers = -1;
    socket.set_timeout(0);
    EXPECT(NSAPI_ERROR_WOULD_BLOCK, socket.recv(in, 1));
    EXPECT(1, calls); // who waits for that has to hear that there is more
    socket.set_timeout(50);
    nsapi_size_or_error_t got = 0;
    EXPECT_BETWEEN(49, 10'000, elapsed_ms([&] { got = socket.recv(in, 1); })); // and not without end
    EXPECT(NSAPI_ERROR_WOULD_BLOCK, got);
    flood.strangers = 1000;
    socket.set_timeout(5000);
    SocketAddress sender;
    EXPECT(1, socket.recvfrom(&sender, in, 1));
    EXPECT(1, sender.get_port());
    return verdict(true, "");
}

} // namespace

const Check datagram_checks[] = {{"datagram_sizes", datagram_sizes},
                                 {"datagram_errors", datagram_errors},
                                 {"datagram_neighbours", datagram_neighbours},
                                 {"datagram_strangers", datagram_strangers},
                                 {nullptr, nullptr}};
