// The offload stack is put to use while its host and its line do what the input says. Whatever that is, every call
// returns, what was taken is given once and in order, and in the end nothing is left open.
#include "netsocket/TCPSocket.h"
#include "netsocket/UDPSocket.h"
#include "offload/line_world.h"
#include "offload/play.h"

#include <memory>

using namespace offload;
using tlsbench::offload::Session;

namespace {

/// Sees through to the stack's socket.
struct Open : InternetSocket {
    static nsapi_socket_t handle(InternetSocket &socket) { return socket.*(&Open::_socket); }
};

struct Name {
    int number = 0;
    int answers = 0;
    bool cancelled = false;
    nsapi_value_or_error_t result = 0;

    void answer(nsapi_value_or_error_t value, SocketAddress *)
    {
        ++answers;
        result = value;
    }
};

class User {
public:
    User(Input &input, Oracle &oracle) : _input(input), _oracle(oracle) {}

    void act();
    void leave();

private:
    struct Tcp {
        std::unique_ptr<TCPSocket> own;
        TCPSocket *socket = nullptr; ///< its own, or one that was accepted
        uint32_t number = 0;         ///< of the connection
        uint32_t sent = 0;           ///< in it
    };

    NetworkInterface &network() { return *NetworkInterface::get_default_instance(); }
    Tcp &tcp() { return _tcp[_input.byte() % kTcp]; }
    UDPSocket &udp() { return _udp[_input.byte() % kUdp]; }
    void close(Tcp &one);
    void open(Tcp &one);
    void accept(Tcp &listener);
    void receive(Tcp &one);
    void receive(UDPSocket &one);
    void resolve();
    void options(TCPSocket &socket);
    template <typename Call> void ask(Call call);

    Input &_input;
    Oracle &_oracle;
    Tcp _tcp[kTcp];
    UDPSocket _udp[kUdp];
    std::deque<Name> _names; ///< their addresses stay
    uint8_t _buffer[600];
};

void User::open(Tcp &one)
{
    if (!one.socket) {
        one.own = std::make_unique<TCPSocket>();
        one.socket = one.own.get();
        one.socket->open(NetworkInterface::get_default_instance());
        const int timeouts[] = {0, 50, 3000, -1};
        one.socket->set_timeout(timeouts[_input.byte() % 4]);
    }
}

void User::close(Tcp &one)
{
    if (one.socket) {
        one.socket->close(); // one that was accepted deletes itself
        one = {};
    }
}

void User::accept(Tcp &listener)
{
    Tcp *place = nullptr;
    for (Tcp &one : _tcp) {
        place = one.socket ? place : &one;
    }
    if (place && listener.socket) {
        nsapi_error_t error = NSAPI_ERROR_OK;
        place->socket = listener.socket->accept(&error);
        MUST((place->socket != nullptr) == (error == NSAPI_ERROR_OK));
        if (place->socket) {
            place->socket->set_timeout(50);
        }
    }
}

void User::receive(Tcp &one)
{
    const size_t size = _input.byte() + 1u;
    const TcpConnection *connection = static_cast<TcpConnection *>(Open::handle(*one.socket));
    _oracle.reading = {connection ? connection->number() : 0, size};
    const nsapi_size_or_error_t got = one.socket->recv(_buffer, nsapi_size_t(size));
    _oracle.reading = {};
    MUST(got <= int(size));
    if (got > 0) {
        Bytes &stream = _oracle.stream[connection - TcpConnection::pool];
        MUST(size_t(got) <= stream.size() && std::equal(_buffer, _buffer + got, stream.begin()));
        stream.erase(stream.begin(), stream.begin() + got);
    }
}

void User::receive(UDPSocket &one)
{
    const size_t size = _input.byte() * 2u;
    SocketAddress from;
    one.set_timeout(_input.byte() * 4);
    const UdpEndpoint *endpoint = static_cast<UdpEndpoint *>(Open::handle(one));
    _oracle.reading = {endpoint ? endpoint->number() : 0, 1};
    const nsapi_size_or_error_t got = one.recvfrom(&from, _buffer, nsapi_size_t(size));
    _oracle.reading = {};
    if (got >= 0) {
        auto &queue = _oracle.datagrams[endpoint - UdpEndpoint::pool];
        MUST(!queue.empty());
        const Bytes &data = queue.front().data;
        MUST(size_t(got) == std::min(size, data.size()) && std::equal(_buffer, _buffer + got, data.begin()));
        MUST(from.get_port() == queue.front().port);
        queue.pop_front();
    }
}

/// A question of the stack's: its answer is the host's first one, or there was none.
template <typename Call> void User::ask(Call call)
{
    const uint32_t before = _oracle.question.id;
    const nsapi_error_t result = call();
    if (_oracle.question.id == before) {
        MUST(result < 0); // the host was not asked
    } else if (_oracle.question.answered) {
        MUST(result == _oracle.question.result);
    } else {
        MUST(result == NSAPI_ERROR_TIMEOUT || result == NSAPI_ERROR_NO_CONNECTION);
    }
}

void User::resolve()
{
    _names.emplace_back();
    Name &name = _names.back();
    name.number = network().gethostbyname_async("some.test", mbed::callback(&name, &Name::answer));
    MUST(name.number != 0);
    if (name.number < 0) {
        MUST(name.answers == 0);
        _names.pop_back();
    } else if (_input.byte() % 4 == 0) {
        const bool over = name.answers > 0;
        MUST(network().gethostbyname_async_cancel(name.number) == (over ? NSAPI_ERROR_PARAMETER : NSAPI_ERROR_OK));
        name.cancelled = !over;
    }
}

void User::options(TCPSocket &socket)
{
    int value = 1;
    unsigned size = _input.byte() * 2u;
    switch (size / 2 % 6) {
        case 0: ask([&] { return socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, sizeof value); }); break;
        case 1: ask([&] { return socket.bind(uint16_t(0)); }); break;
        case 2: socket.setsockopt(NSAPI_TLSSOCKET_LEVEL, NSAPI_TLSSOCKET_SET_CACERT, _buffer, size); break;
        case 3: socket.setsockopt(NSAPI_TLSSOCKET_LEVEL, NSAPI_TLSSOCKET_ENABLE, &value, 1); break;
        case 4: {
            const unsigned room = size;
            const nsapi_error_t error = socket.getsockopt(NSAPI_TLSSOCKET_LEVEL, 100, _buffer, &size);
            MUST(error != NSAPI_ERROR_OK || size <= room);
            break;
        }
        case 5:
            size = sizeof value;
            socket.getsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, &size);
            break;
    }
}

void User::act()
{
    const uint8_t what = _input.byte();
    Tcp &one = tcp();
    SocketAddress address;
    switch (what % 20) {
        case 0:
        case 1: network().connect(); break;
        case 2: network().disconnect(); break;
        case 3:
        case 4: open(one); break;
        case 5: close(one); break;
        case 6: udp().open(&network()); break;
        case 7: udp().close(); break;
        case 8: resolve(); break;
        case 9: network().gethostbyname("other.test", &address); break;
        case 10: ask([&] { return udp().bind(uint16_t(0)); }); break;
        case 11: {
            UDPSocket &socket = udp();
            socket.set_timeout(_input.byte() * 4);
            MUST(socket.sendto(SocketAddress("127.0.0.1", 7), _buffer, _input.byte() * 3u) <= 3 * 255);
            break;
        }
        case 12: receive(udp()); break;
        case 13: line_world::step(_input.byte()); break;
        default:
            if (!one.socket) {
                break;
            }
            switch (what % 20) {
                case 14: one.socket->connect(SocketAddress("127.0.0.1", 80)); break;
                case 15: {
                    const size_t count = _input.byte() * 2u;
                    const auto *connection = static_cast<TcpConnection *>(Open::handle(*one.socket));
                    if (connection && connection->number() != one.number) { // another: the host forgot the one before
                        one.number = connection->number();
                        one.sent = 0;
                    }
                    for (size_t i = 0; i < count; i++) {
                        _buffer[i] = pattern(one.sent + uint32_t(i));
                    }
                    const nsapi_size_or_error_t sent = one.socket->send(_buffer, nsapi_size_t(count));
                    MUST(sent <= int(count));
                    one.sent += sent > 0 ? uint32_t(sent) : 0;
                    break;
                }
                case 16: receive(one); break;
                case 17: ask([&] { return one.socket->listen(1); }); break;
                case 18: accept(one); break;
                case 19: options(*one.socket); break;
            }
    }
}

void User::leave()
{
    for (Tcp &one : _tcp) {
        close(one);
    }
    for (UDPSocket &one : _udp) {
        one.close();
    }
    network().disconnect();
    MUST(!Session::instance().up());
    for (const TcpConnection &one : TcpConnection::pool) {
        MUST(one.number() == 0);
    }
    for (const UdpEndpoint &one : UdpEndpoint::pool) {
        MUST(one.number() == 0);
    }
    for (const Name &name : _names) {
        MUST(name.answers == (name.cancelled ? 0 : 1));
        const auto found = _oracle.resolved.find(uint32_t(name.number));
        MUST(name.result != 1 || (found != _oracle.resolved.end() && found->second.result >= 0));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    Oracle &oracle = line_world::begin(input);
    User user(input, oracle);
    NetworkInterface::get_default_instance()->connect();
    while (!input.ended()) {
        user.act();
    }
    user.leave();
    return 0;
}
