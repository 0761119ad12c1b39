#include "client.h"

#include "identity.h"
#include "world.h"

#include "netsocket/tls/nonblocking.h"

#include <algorithm>
#include <cstring>

using tlsbench::tls::nonblocking_handshake;

namespace {

constexpr int longest_goodbye_ms = 2000;
constexpr rtos::Kernel::Clock::duration_u32 between_calls{50};

class Client {
public:
    Client(Input &input, const Manner &manner, Transport &transport)
        : _input(input), _manner(manner), _messages(recording(manner.meeting).messages),
          _socket(make_client(manner.meeting, transport, manner.control))
    {
        for (const Bytes &message : _messages) {
            _text.insert(_text.end(), message.begin(), message.end());
        }
        if (manner.misled) {
            const Bytes &der = other_identity().der;
            _socket->set_root_ca_cert(der.data(), der.size());
        }
        _socket->set_timeout(manner.timeout_ms);
    }

    void do_what_it_says()
    {
        connect();
        if constexpr (nonblocking_handshake) {
            for (int patience = 255 - _input.byte(); patience && _connecting; --patience) {
                world::let_time_pass(between_calls); // for the timers of datagrams
                connect();
            }
        }
        while (!_input.ended()) {
            switch (_input.byte() % 8) {
                case 0: receive(_input.byte()); break;
                case 1: receive(_input.word()); break;
                case 2: send(_input.byte()); break;
                case 3: send(_input.word()); break;
                case 4: connect(); break;
                case 5: _socket->get_ssl_config(); break;
                case 6: close(); break;
                default: {
                    size_t size = _input.byte();
                    const uint8_t *bytes = _input.bytes(size);
                    _socket->append_root_ca_cert(bytes, size);
                }
            }
        }
        for (int i = 0; i < 8; ++i) {
            receive(4096);
        }
        close();
    }

private:
    void connect()
    {
        if (!_connecting) {
            world::reseed(); // the server was recorded with the first of these numbers
        }
        nsapi_error_t ret = in_time(_manner.timeout_ms, [&] { return _socket->connect(); });
        MUST(ret <= 0);
        if (ret == NSAPI_ERROR_OK || (ret == NSAPI_ERROR_IS_CONNECTED && _connecting)) {
            begin();
        }
        _connecting = ret == NSAPI_ERROR_IN_PROGRESS || ret == NSAPI_ERROR_ALREADY;
        MUST(!_connecting || (nonblocking_handshake && _manner.timeout_ms == 0));
    }

    /// There is a connection.
    void begin()
    {
        MUST(_manner.credulous || !_manner.misled);
        _received = 0;
        _left = _messages;
    }

    /// Take note of what send() or recv() tells of the handshake that it went on with.
    void notice(int ret)
    {
        if (_connecting && ret >= 0) {
            begin();
        }
        _connecting &= ret == NSAPI_ERROR_WOULD_BLOCK || ret == NSAPI_ERROR_NO_CONNECTION;
    }

    void receive(size_t size)
    {
        static uint8_t room[1 << 16];
        int ret = in_time(_manner.timeout_ms, [&] { return _socket->recv(room, nsapi_size_t(size)); });
        MUST(ret <= int(size));
        notice(ret);
        if (_manner.credulous || ret < 0 || size == 0) {
            return;
        }
        _manner.meeting.datagrams ? check_message(room, size_t(ret), size) : check_stream(room, size_t(ret));
    }

    /// Only what the server said; and the end only where the server made it.
    void check_stream(const uint8_t *data, size_t size)
    {
        MUST(_received + size <= _text.size());
        MUST(memcmp(data, _text.data() + _received, size) == 0);
        _received += size;
        MUST(size > 0 || _received == _text.size());
    }

    /// Only what the server said, each message once.
    void check_message(const uint8_t *data, size_t size, size_t room)
    {
        if (room < _text.size() || size == 0 || _in_pieces) {
            _in_pieces |= size > 0; // the rest of a message is no message
            return;
        }
        auto found = std::find(_left.begin(), _left.end(), Bytes(data, data + size));
        MUST(found != _left.end());
        _left.erase(found);
    }

    void send(size_t size)
    {
        static const uint8_t text[1 << 16] = {};
        int ret = in_time(_manner.timeout_ms, [&] { return _socket->send(text, nsapi_size_t(size)); });
        MUST(ret <= int(size));
        notice(ret);
    }

    void close()
    {
        in_time(longest_goodbye_ms, [&] { return _socket->close(); });
        MUST(_socket->get_ssl_context() == nullptr);
        _connecting = false;
    }

    /// Make a call, which must be over when its time is.
    template <typename Call> int in_time(int timeout_ms, Call call)
    {
        uint64_t began_ms = rtos::Kernel::get_ms_count();
        int ret = call();
        uint64_t took_ms = rtos::Kernel::get_ms_count() - began_ms;
        const bool blocks = timeout_ms < 0 || (timeout_ms == 0 && !nonblocking_handshake);
        MUST(blocks || took_ms <= uint64_t(timeout_ms));
        return ret;
    }

    Input &_input;
    const Manner &_manner;
    const std::vector<Bytes> &_messages;
    Bytes _text; // all messages together
    size_t _received = 0;
    std::vector<Bytes> _left; // messages that were not received yet
    bool _in_pieces = false;  // a message was received in pieces
    bool _connecting = false; // connect() is to be called again
    std::unique_ptr<TLSSocketWrapper> _socket;
};

} // namespace

Manner::Manner(Input &input, bool datagrams)
{
    uint8_t bits = input.byte();
    credulous = bits & 1;
    meeting.named = !(bits & 2);
    meeting.mutual = bits & 4;
    misled = bits & 8;
    control = bits >> 4 & 3;
    meeting.datagrams = datagrams;
    meeting.cookie = datagrams && bits & 64;
    uint8_t timeout = input.byte();
    timeout_ms = timeout ? (timeout - 1) * 100 : -1;
    refusal = input.word() - 1;
}

void use(Input &input, const Manner &manner, Transport &transport)
{
    // These are the program's, not this run's.
    recording(manner.meeting);
    client_identity();
    other_identity();
    size_t blocks = world::blocks();
    {
        Client client(input, manner, transport);
        world::believe_everything(manner.credulous);
        world::refuse_allocation(manner.refusal);
        client.do_what_it_says();
    }
    world::refuse_allocation(-1);
    world::believe_everything(false);
    MUST(world::blocks() == blocks);
}
