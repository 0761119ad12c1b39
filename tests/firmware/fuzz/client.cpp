#include "client.h"

#include "identity.h"
#include "world.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr int longest_goodbye_ms = 2000;

class Client {
public:
    Client(Input &input, const Manner &manner, Stream &stream, const std::vector<uint8_t> &plain_text)
        : _input(input), _manner(manner), _plain_text(plain_text), _socket(&stream, nullptr, manner.control)
    {
        set_up(_socket, manner.named, manner.mutual);
        if (manner.misled) {
            const std::vector<uint8_t> &der = other_identity().der;
            _socket.set_root_ca_cert(der.data(), der.size());
        }
        _socket.set_timeout(manner.timeout_ms);
    }

    void connect()
    {
        world::reseed(); // the server was recorded with the first of these numbers
        nsapi_error_t ret = in_time(_manner.timeout_ms, [&] { return _socket.connect(); });
        MUST(ret <= 0);
        if (ret == NSAPI_ERROR_OK) {
            MUST(_manner.credulous || !_manner.misled);
            _received = 0;
        }
    }

    void receive(size_t size)
    {
        static uint8_t room[1 << 16];
        int ret = in_time(_manner.timeout_ms, [&] { return _socket.recv(room, nsapi_size_t(size)); });
        MUST(ret <= int(size));
        if (_manner.credulous || ret < 0 || size == 0) {
            return;
        }
        // Only what the server said; and the end only where the server made it.
        MUST(_received + size_t(ret) <= _plain_text.size());
        MUST(memcmp(room, _plain_text.data() + _received, size_t(ret)) == 0);
        _received += size_t(ret);
        MUST(ret > 0 || _received == _plain_text.size());
    }

    void send(size_t size)
    {
        static const uint8_t text[1 << 16] = {};
        int ret = in_time(_manner.timeout_ms, [&] { return _socket.send(text, nsapi_size_t(size)); });
        MUST(ret <= int(size));
    }

    void close()
    {
        in_time(longest_goodbye_ms, [&] { return _socket.close(); });
        MUST(_socket.get_ssl_context() == nullptr);
    }

    void do_what_it_says()
    {
        connect();
        while (!_input.ended()) {
            uint8_t what = _input.byte();
            switch (what % 8) {
                case 0: receive(_input.byte()); break;
                case 1: receive(_input.word()); break;
                case 2: send(_input.byte()); break;
                case 3: send(_input.word()); break;
                case 4: connect(); break;
                case 5: _socket.get_ssl_config(); break;
                case 6: close(); break;
                default: {
                    size_t size = _input.byte();
                    const uint8_t *bytes = _input.bytes(size);
                    _socket.append_root_ca_cert(bytes, size);
                }
            }
        }
        for (int i = 0; i < 8; ++i) {
            receive(4096);
        }
        close();
    }

private:
    /// Make a call, which must be over when its time is.
    template <typename Call> int in_time(int timeout_ms, Call call)
    {
        uint64_t began_ms = rtos::Kernel::get_ms_count();
        int ret = call();
        uint64_t took_ms = rtos::Kernel::get_ms_count() - began_ms;
        MUST(timeout_ms <= 0 || took_ms <= uint64_t(timeout_ms));
        return ret;
    }

    Input &_input;
    const Manner &_manner;
    const std::vector<uint8_t> &_plain_text;
    TLSSocketWrapper _socket;
    size_t _received = 0;
};

} // namespace

Manner::Manner(Input &input)
{
    uint8_t bits = input.byte();
    credulous = bits & 1;
    named = !(bits & 2);
    mutual = bits & 4;
    misled = bits & 8;
    control = TLSSocketWrapper::control_transport(bits >> 4 & 3);
    uint8_t timeout = input.byte();
    timeout_ms = timeout ? (timeout - 1) * 100 : -1;
    refusal = input.word() - 1;
}

void use(Input &input, const Manner &manner, Stream &stream, const std::vector<uint8_t> &plain_text)
{
    client_identity(); // of the program, not of this run
    other_identity();
    size_t blocks = world::blocks();
    {
        Client client(input, manner, stream, plain_text);
        world::believe_everything(manner.credulous);
        world::refuse_allocation(manner.refusal);
        client.do_what_it_says();
    }
    world::refuse_allocation(-1);
    world::believe_everything(false);
    MUST(world::blocks() == blocks);
}
