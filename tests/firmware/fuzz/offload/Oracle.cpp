#include "Oracle.h"

#include "world.h"

#include <pb_decode.h>

#include <algorithm>

namespace offload {

namespace {

using tlsbench::line::FrameReader;
using tlsbench::offload::Session;

constexpr size_t kReceive = MBED_CONF_OFFLOAD_RECEIVE_BYTES, kHead = 8;

bool keep_data(pb_istream_t *stream, const pb_field_t *, void **to)
{
    Bytes &data = *static_cast<Bytes *>(*to);
    data.resize(stream->bytes_left);
    return pb_read(stream, data.data(), data.size());
}

template <typename Message>
bool decode(const FrameReader &reader, const pb_msgdesc_t *fields, Message &message, Bytes &data)
{
    message.data.funcs.decode = keep_data;
    message.data.arg = &data;
    pb_istream_t stream = pb_istream_from_buffer(reader.message(), reader.length());
    return pb_decode(&stream, fields, &message);
}

} // namespace

void Oracle::look_at_pools()
{
    for (size_t i = 0; i < kTcp; i++) {
        if (TcpConnection::pool[i].number() != _tcp_numbers[i]) {
            _tcp_numbers[i] = TcpConnection::pool[i].number();
            stream[i].clear();
            _tcp_came[i] = 0;
        }
    }
    for (size_t i = 0; i < kUdp; i++) {
        if (UdpEndpoint::pool[i].number() != _udp_numbers[i]) {
            _udp_numbers[i] = UdpEndpoint::pool[i].number();
            datagrams[i].clear();
            _missing[i] = 0;
            _udp_came[i] = 0;
        }
    }
}

void Oracle::before(uint8_t byte)
{
    look_at_pools();
    _was_up = Session::instance().up();
    if (_reader.take(byte) != FrameReader::FRAME || _reader.channel() != tlsbench::line::OFFLOAD) {
        return;
    }
    offload_ToTarget message = offload_ToTarget_init_zero;
    Bytes data;
    if (!decode(_reader, offload_ToTarget_fields, message, data)) {
        return;
    }
    _maybe = message.session;
    _id = message.what.welcome.id;
    const bool loose = message.which_what == offload_ToTarget_welcome_tag ||
                       message.which_what == offload_ToTarget_unknown_tag || message.sequence == 0;
    if (_was_up && !loose && message.session == session && message.sequence == _expected) {
        ++_expected;
        take(message, data);
    }
}

void Oracle::after()
{
    if (!_was_up && Session::instance().up()) {
        MUST(_id == asked_for); // not a late one
        _was_up = true;
        session = _maybe;
        _expected = next = 1;
        heard = 0;
        _said.clear();
        asked.clear();
        _limits.clear();
        _told.clear();
        _sent.clear();
        _shared.clear();
        for (size_t i = 0; i < kUdp; i++) { // a datagram socket lives on, empty
            datagrams[i].clear();
            _missing[i] = 0;
            _udp_came[i] = 0;
        }
    }
}

void Oracle::take(const offload_ToTarget &message, const Bytes &data)
{
    switch (message.which_what) {
        case offload_ToTarget_answer_tag:
            if (message.what.answer.id == question.id && !question.answered) {
                question.answered = true;
                question.result = std::min(0, message.what.answer.result);
            }
            return;
        case offload_ToTarget_resolved_tag:
            resolved.insert({message.what.resolved.query, message.what.resolved});
            return;
        default: break;
    }
    if (!message.socket) {
        return;
    }
    for (size_t i = 0; i < kTcp; i++) {
        if (_tcp_numbers[i] != message.socket || !TcpConnection::pool[i].known()) {
            continue;
        }
        uint32_t &limit = _limits[message.socket];
        switch (message.which_what) {
            case offload_ToTarget_connected_tag:
            case offload_ToTarget_ended_tag: break;
            case offload_ToTarget_limit_tag:
                if (int32_t(message.what.limit - limit) > 0) {
                    limit = message.what.limit;
                }
                break;
            case offload_ToTarget_incoming_tag: {
                const uint32_t number = message.what.incoming.connection;
                if (_limits.count(number) || std::count(sockets.begin(), sockets.end(), number)) {
                    _shared.insert(number);
                }
                _limits[number] = message.what.incoming.limit;
                sockets.push_back(number);
                break;
            }
            default: {
                const size_t count = std::min(data.size(), kReceive - stream[i].size());
                stream[i].insert(stream[i].end(), data.begin(), data.begin() + long(count));
                _tcp_came[i] += uint32_t(count);
            }
        }
    }
    for (size_t i = 0; i < kUdp; i++) {
        if (_udp_numbers[i] == message.socket && UdpEndpoint::pool[i].known()) {
            take_datagram(i, message, data);
        }
    }
}

void Oracle::take_datagram(size_t index, const offload_ToTarget &message, const Bytes &data)
{
    std::deque<Datagram> &queue = datagrams[index];
    size_t &missing = _missing[index];
    if (message.which_what == offload_ToTarget_datagram_tag) {
        const offload_Endpoint &head = message.what.datagram;
        size_t used = 0;
        for (const Datagram &one : queue) {
            used += kHead + one.data.size();
        }
        if (missing || head.size > kReceive || used + kHead + head.size > kReceive) {
            return;
        }
        queue.push_back({head.address, uint16_t(head.port), {}});
        missing = head.size;
        _udp_came[index] += kHead;
    }
    if (!queue.empty()) {
        const size_t count = std::min(missing, data.size());
        queue.back().data.insert(queue.back().data.end(), data.begin(), data.begin() + long(count));
        missing -= count;
        _udp_came[index] += uint32_t(count);
    }
}

void Oracle::hears(const uint8_t *frame, size_t bytes)
{
    after(); // it may answer a welcome at once
    look_at_pools();
    uint8_t room[sizeof _room];
    FrameReader reader(room);
    size_t frames = 0;
    for (size_t i = 0; i < bytes; i++) {
        const FrameReader::Result result = reader.take(frame[i]);
        MUST(result == FrameReader::NOTHING || result == FrameReader::FRAME);
        frames += result == FrameReader::FRAME;
    }
    MUST(frames == 1 && reader.channel() == tlsbench::line::OFFLOAD);
    MUST(reader.length() <= MBED_CONF_OFFLOAD_FRAME_BYTES);
    offload_ToHost message = offload_ToHost_init_zero;
    Bytes data;
    MUST(decode(reader, offload_ToHost_fields, message, data));
    if (message.which_what == offload_ToHost_hello_tag || message.which_what == offload_ToHost_bye_tag) {
        MUST(message.sequence == 0);
        if (message.which_what == offload_ToHost_hello_tag) {
            asked_for = message.what.hello.id;
        }
        return;
    }
    MUST(message.session == session);
    MUST(message.ack < _expected); // nothing is acknowledged that was not taken
    if (!message.sequence) {
        return;
    }
    const Bytes whole(reader.message(), reader.message() + reader.length());
    if (message.sequence <= _said.size() && !_said[message.sequence - 1].empty()) {
        MUST(_said[message.sequence - 1] == whole); // said again, it is the same
        return;
    }
    MUST(message.sequence <= _said.size() + 1 + Session::kFrames); // the host says that it has what it never had
    _said.resize(std::max<size_t>(_said.size(), message.sequence));
    _said[message.sequence - 1] = whole;
    heard = message.sequence;
    hear_in_order(message, data);
}

/// A limit is told of sockets that this session knows, never shrinks, and is no more than there is room for.
void Oracle::hear_limit(uint32_t number, uint32_t limit, bool first)
{
    if (_shared.count(number)) {
        return;
    }
    MUST(_told.count(number) != first);
    MUST(first || int32_t(limit - _told[number]) >= 0);
    _told[number] = limit;
    uint32_t most = 0;
    MUST(!room(number, most) || int32_t(most - limit) >= 0);
}

/// @param most bytes that have been read of all that came, and those that the socket has room for
/// @return false if there is no such socket any more
bool Oracle::room(uint32_t number, uint32_t &most) const
{
    const size_t reads = number == reading.number ? reading.most : 0;
    for (size_t i = 0; i < kTcp; i++) {
        if (_tcp_numbers[i] == number) {
            most = uint32_t(_tcp_came[i] - stream[i].size() + std::min(reads, stream[i].size()) + kReceive);
            return true;
        }
    }
    for (size_t i = 0; i < kUdp; i++) {
        if (_udp_numbers[i] == number) {
            most = uint32_t(_udp_came[i] + kReceive);
            for (const Datagram &one : datagrams[i]) {
                most -= reads && &one == &datagrams[i].front() ? 0 : uint32_t(kHead + one.data.size());
            }
            return true;
        }
    }
    return false;
}

void Oracle::hear_in_order(const offload_ToHost &message, const Bytes &data)
{
    switch (message.which_what) {
        case 0:
            if (!_shared.count(message.socket) && _limits.count(message.socket)) {
                uint32_t &sent = _sent[message.socket];
                for (const uint8_t byte : data) {
                    MUST(byte == pattern(sent++));
                }
                MUST(int32_t(_limits[message.socket] - sent) >= 0);
            }
            return;
        case offload_ToHost_bind_tag:
        case offload_ToHost_listen_tag:
        case offload_ToHost_set_option_tag:
        case offload_ToHost_get_option_tag: // all questions have the same shape
            MUST(message.what.bind.id != question.id);
            question = {message.what.bind.id, false, 0};
            break;
        case offload_ToHost_open_tag:
            MUST(std::count(sockets.begin(), sockets.end(), message.socket) == 0 || message.socket % 2 == 0);
            hear_limit(message.socket, message.what.open.limit, true);
            break;
        case offload_ToHost_connect_tag:
        case offload_ToHost_resolve_tag: break;
        case offload_ToHost_accept_tag: hear_limit(message.socket, message.what.accept, true); return;
        case offload_ToHost_limit_tag: hear_limit(message.socket, message.what.limit, false); return;
        default: return;
    }
    if (!std::count(sockets.begin(), sockets.end(), message.socket)) {
        sockets.push_back(message.socket);
    }
    asked.push_back(message);
}

} // namespace offload
