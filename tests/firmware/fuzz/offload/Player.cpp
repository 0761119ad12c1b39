#include "Player.h"

#include "line/line.h"
#include "world.h"

#include <pb_encode.h>

namespace offload {

namespace {

constexpr size_t kKept = 8;

bool put_data(pb_ostream_t *stream, const pb_field_t *field, void *const *from)
{
    const Bytes &data = *static_cast<const Bytes *>(*from);
    return data.empty() ||
           (pb_encode_tag_for_field(stream, field) && pb_encode_string(stream, data.data(), data.size()));
}

} // namespace

void Player::give(const Bytes &bytes)
{
    for (const uint8_t byte : bytes) {
        oracle.before(byte);
        tlsbench::line::read(_reader, &byte, 1);
        oracle.after();
    }
}

/// What is framed may come to harm on its way.
void Player::frame(const Bytes &message)
{
    Writer writer;
    std::copy(message.begin(), message.end(), writer.message());
    const size_t size = writer.close(tlsbench::line::OFFLOAD, message.size());
    Bytes bytes(writer.frame(), writer.frame() + size);
    _earlier.push_back(bytes);
    if (_earlier.size() > kKept) {
        _earlier.pop_front();
    }
    switch (_input.byte() % 16) {
        case 1: return; // lost, but perhaps said again
        case 2: bytes[_input.word() % size] ^= uint8_t(1 << _input.byte() % 8); break;
        case 3: bytes.resize(_input.word() % size); break;
        case 4: bytes.insert(bytes.end(), bytes.begin(), bytes.end()); break;
        case 5: bytes.erase(bytes.begin() + _input.word() % size); break;
        default: break;
    }
    give(bytes);
}

offload_ToTarget Player::message()
{
    offload_ToTarget message = offload_ToTarget_init_zero;
    message.session = oracle.session;
    message.ack = oracle.heard;
    return message;
}

void Player::send(offload_ToTarget &message, const Bytes &data)
{
    message.data.funcs.encode = put_data;
    message.data.arg = const_cast<Bytes *>(&data);
    uint8_t room[Writer::room()];
    pb_ostream_t stream = pb_ostream_from_buffer(room, sizeof room);
    MUST(pb_encode(&stream, offload_ToTarget_fields, &message));
    frame(Bytes(room, room + stream.bytes_written));
}

uint32_t Player::socket()
{
    return oracle.sockets[_input.byte() % oracle.sockets.size()];
}

int32_t Player::result()
{
    const uint8_t which = _input.byte();
    return which < 200 ? 0 : which < 250 ? -3000 - which % 30 : int32_t(_input.word()) - 0x8000;
}

Bytes Player::some(size_t most)
{
    size_t count = std::min<size_t>(_input.byte(), most);
    const uint8_t *bytes = _input.bytes(count);
    return Bytes(bytes, bytes + count);
}

void Player::obey()
{
    if (!tlsbench::offload::Session::instance().up()) {
        offload_ToTarget welcome = offload_ToTarget_init_zero;
        welcome.session = _input.byte() + 1u;
        welcome.which_what = offload_ToTarget_welcome_tag;
        welcome.what.welcome = {0x7f000001, 0xff000000, 0x7f000001, 2048, oracle.asked_for};
        send(welcome);
    } else if (oracle.asked.empty()) {
        offload_ToTarget nothing = message();
        send(nothing);
    } else {
        const offload_ToHost asked = oracle.asked.front();
        oracle.asked.pop_front();
        obey(asked);
    }
}

void Player::obey(const offload_ToHost &asked)
{
    offload_ToTarget answer = message();
    answer.socket = asked.socket;
    Bytes data;
    switch (asked.which_what) {
        case offload_ToHost_connect_tag:
            answer.sequence = oracle.next++;
            answer.which_what = offload_ToTarget_limit_tag;
            answer.what.limit = _input.byte() * 4u;
            send(answer);
            answer.which_what = offload_ToTarget_connected_tag;
            answer.what.connected = result();
            break;
        case offload_ToHost_resolve_tag:
            answer.which_what = offload_ToTarget_resolved_tag;
            answer.what.resolved = {asked.what.resolve, result(), 0x7f000001};
            break;
        case offload_ToHost_open_tag: return;
        default:
            answer.socket = 0;
            answer.which_what = offload_ToTarget_answer_tag;
            answer.what.answer = {asked.what.bind.id, result(), 4};
            data = asked.which_what == offload_ToHost_get_option_tag ? some(4) : Bytes();
    }
    answer.sequence = oracle.next++;
    send(answer, data);
}

void Player::make_up(uint8_t kind)
{
    offload_ToTarget one = message();
    Bytes data;
    one.sequence = oracle.next++;
    one.socket = socket();
    switch (kind) {
        case 0: data = some(kMost); break;
        case 1:
            one.which_what = offload_ToTarget_limit_tag;
            one.what.limit = _input.byte() % 4 ? _input.byte() * 4u : uint32_t(-_input.word());
            break;
        case 2:
            one.which_what = offload_ToTarget_ended_tag;
            one.what.ended = result();
            break;
        case 3:
            one.which_what = offload_ToTarget_incoming_tag;
            one.what.incoming.connection = _input.byte() % 8 ? oracle.next * 2 + 1 : socket();
            one.what.incoming.has_peer = true;
            one.what.incoming.peer = {0x7f000001, _input.word(), 0};
            one.what.incoming.limit = _input.word();
            break;
        case 4:
            data = some(kMost);
            one.which_what = offload_ToTarget_datagram_tag;
            one.what.datagram = {0x7f000001, _input.word(), uint32_t(data.size())};
            one.what.datagram.size += _input.byte() % 4 ? 0 : _input.word();
            break;
        case 5: // an answer to what was asked, or will be
            one.which_what = offload_ToTarget_answer_tag;
            one.what.answer = {oracle.question.id + _input.byte() % 3 - 1, result(), _input.word()};
            one.what.answer.id *= _input.byte() % 4 != 0; // nobody's
            data = some(8);
            break;
        case 6:
            one.which_what = offload_ToTarget_connected_tag;
            one.what.connected = result();
            break;
        case 7:
            one.which_what = offload_ToTarget_unknown_tag;
            one.what.unknown = true;
            break;
    }
    send(one, data);
}

void Player::say()
{
    const uint8_t what = _input.byte();
    switch (what % 16) {
        case 1:
        case 2:
        case 3:
        case 4: obey(); break;
        case 5: { // what it has heard, or not
            offload_ToTarget one = message();
            one.again = _input.byte() % 2;
            one.ack += _input.byte() % 4 - 1u;
            send(one);
            break;
        }
        case 6:
            if (!_earlier.empty()) {
                give(_earlier[_input.byte() % _earlier.size()]);
            }
            break;
        case 7: give(some(255)); break;             // nobody's
        case 8: frame(some(Writer::room())); break; // a frame, but what is in it?
        case 9: oracle.next += _input.byte() % 3; break;
        default: make_up(what / 16 % 8); break;
    }
}

} // namespace offload
