#include "Endpoint.h"

#include <algorithm>
#include <cstring>

namespace tlsbench {
namespace offload {

uint32_t to_number(const nsapi_addr_t &address)
{
    const uint8_t *bytes = address.bytes;
    return address.version == NSAPI_IPv4
               ? uint32_t(bytes[0]) << 24 | uint32_t(bytes[1]) << 16 | uint32_t(bytes[2]) << 8 | bytes[3]
               : 0;
}

nsapi_addr_t to_address(uint32_t number)
{
    nsapi_addr_t address{};
    address.version = NSAPI_IPv4;
    for (size_t i = 0; i < NSAPI_IPv4_BYTES; i++) {
        address.bytes[i] = uint8_t(number >> (24 - 8 * i));
    }
    return address;
}

void Endpoint::begin(bool datagrams, uint32_t number)
{
    static uint32_t last = 0;
    _wants = 0;
    _set = _starving = false;
    _datagrams = datagrams;
    restart();
    _peer = {};
    _peer_port = 0;
    _known = number != 0;
    if (number) {
        _number = number;
    } else {
        _number = last += 2;
        want(OPEN);
    }
}

void Endpoint::restart()
{
    _in = _out = 0;
    _limit = kReceiveBytes;
}

void Endpoint::finish()
{
    _callback = nullptr;
    _wants = CLOSE;
    pump();
}

offload_ToHost Endpoint::message() const
{
    offload_ToHost message = offload_ToHost_init_zero;
    message.socket = _number;
    return message;
}

void Endpoint::want(Want what)
{
    _wants |= what;
    pump();
}

void Endpoint::pump()
{
    for (uint8_t what = OPEN; what <= CLOSE; what = uint8_t(what << 1)) {
        if (_wants & what) {
            if (!say(Want(what))) {
                return;
            }
            _wants &= uint8_t(~what);
        }
    }
}

bool Endpoint::say(Want what)
{
    Session &session = Session::instance();
    const bool unheard_of = what == CLOSE && !_known;
    if (!unheard_of && session.room() == 0) {
        return false;
    }
    offload_ToHost message = this->message();
    switch (what) {
        case OPEN:
            message.which_what = offload_ToHost_open_tag;
            message.what.open.datagrams = _datagrams;
            message.what.open.limit = _limit = _out + kReceiveBytes;
            _known = true;
            break;
        case CONNECT:
            message.which_what = offload_ToHost_connect_tag;
            message.what.connect.address = to_number(_peer);
            message.what.connect.port = _peer_port;
            break;
        case ACCEPT:
            message.which_what = offload_ToHost_accept_tag;
            message.what.accept = _limit;
            break;
        case LIMIT:
            message.which_what = offload_ToHost_limit_tag;
            message.what.limit = _limit = _out + kReceiveBytes;
            break;
        case CLOSE:
            message.which_what = offload_ToHost_close_tag;
            message.what.close = true;
            _number = 0;
            break;
    }
    if (!unheard_of) {
        session.send(message);
    }
    return true;
}

void Endpoint::on_room()
{
    pump();
    if (_starving && Session::instance().room() > 1) {
        _starving = false;
        changed();
    }
}

void Endpoint::put(const uint8_t *bytes, size_t count)
{
    if (!count) {
        return;
    }
    count = std::min<size_t>(count, kReceiveBytes - fill()); // the host keeps to the limit
    const size_t at = _in % kReceiveBytes, first = std::min<size_t>(count, kReceiveBytes - at);
    memcpy(&_bytes[at], bytes, first);
    memcpy(_bytes, bytes + first, count - first);
    _in += uint32_t(count);
}

void Endpoint::peek(uint32_t offset, void *to, size_t count) const
{
    const size_t at = (_out + offset) % kReceiveBytes, first = std::min<size_t>(count, kReceiveBytes - at);
    memcpy(to, &_bytes[at], first);
    memcpy(static_cast<uint8_t *>(to) + first, _bytes, count - first);
}

void Endpoint::drop(size_t count)
{
    _out += uint32_t(count);
    // Not each byte: half the buffer keeps the host busy while it is told. But a datagram may wait for all of it.
    // And a host that does not know of the socket may have given its number to another.
    if (_known && (_out + kReceiveBytes - _limit >= kReceiveBytes / 2 || (_datagrams && fill() == 0))) {
        want(LIMIT);
    }
}

} // namespace offload
} // namespace tlsbench
