#include "Session.h"

#include "board_config.h"
#include "drivers/serial.h"
#include "platform/clock.h"
#include "platform/mbed_assert.h"

#include <pb_decode.h>
#include <pb_encode.h>

#include <algorithm>

namespace tlsbench {
namespace offload {

namespace {

constexpr uint64_t kHelloEveryUs = 250'000;
constexpr uint64_t kAskAgainUs = 100'000;
constexpr uint32_t kTickMs = 100, kIdleTickMs = 1000;
constexpr uint8_t kMostDoublings = 3;

#ifdef BOARD_SERIAL_BAUD
constexpr uint64_t kByteUs = 10'000'000 / BOARD_SERIAL_BAUD + 1;
#else
constexpr uint64_t kByteUs = 1;
#endif

bool put_data(pb_ostream_t *stream, const pb_field_t *field, void *const *bytes)
{
    const Bytes &data = *static_cast<const Bytes *>(*bytes);
    return !data.count || (pb_encode_tag_for_field(stream, field) && pb_encode_string(stream, data.at, data.count));
}

// The stream is a buffer's: the data stays where it is.
bool find_data(pb_istream_t *stream, const pb_field_t *, void **bytes)
{
    *static_cast<Bytes *>(*bytes) = {static_cast<const uint8_t *>(stream->state), stream->bytes_left};
    return pb_read(stream, nullptr, stream->bytes_left);
}

} // namespace

Session::Turn::Turn()
{
    instance().lock();
}

Session::Turn::~Turn()
{
    instance().unlock();
    instance().flush();
}

void Session::pause()
{
    unlock();
    flush();
}

Session::Session(Listener &listener) : _listener(listener)
{
    line::attach(line::OFFLOAD, *this);
}

// All that can be under way in both directions, over the line, and what the host takes to answer.
uint64_t Session::patience_us()
{
    return 250'000 + 3 * kFrames * kPayload * kByteUs;
}

void Session::begin()
{
    _asked_for += _state != State::asking;
    _state = State::asking;
    _hello = true;
    line::start_reading();
}

void Session::end()
{
    _bye |= up();
    go_down();
}

void Session::go_down()
{
    _state = State::down;
    _hello = _ack = _again = false;
    _first = _next = _unsent = 1; // a writer that is under way finds that it is done
    _listener.on_down();
}

// --- out ---

void Session::fill_in(offload_ToHost &message, const Bytes &data) const
{
    message.session = _number;
    message.ack = _expected - 1;
    message.data.funcs.encode = put_data;
    message.data.arg = const_cast<Bytes *>(&data);
}

size_t Session::encode(offload_ToHost &message, const Bytes &data, uint8_t *to, size_t room) const
{
    fill_in(message, data);
    pb_ostream_t stream = pb_ostream_from_buffer(to, room);
    const bool fits = pb_encode(&stream, offload_ToHost_fields, &message);
    MBED_ASSERT(fits);
    return stream.bytes_written;
}

size_t Session::data_room(offload_ToHost &message) const
{
    constexpr size_t tag_and_length = 3;
    const Bytes none;
    fill_in(message, none);
    message.sequence = _next;
    size_t head = 0;
    pb_get_encoded_size(&head, offload_ToHost_fields, &message);
    return MBED_CONF_OFFLOAD_FRAME_BYTES - head - tag_and_length;
}

void Session::send(offload_ToHost &message, Bytes data)
{
    MBED_ASSERT(room() > 0);
    Sent &sent = _window[_next % kFrames];
    message.sequence = _next;
    sent.bytes = uint16_t(sent.frame.close(
        line::OFFLOAD, encode(message, data, sent.frame.message(), line::FrameWriter<kPayload>::room())));
    if (_first == _next) {
        _progress_us = uptime_us();
        _retries = 0;
    }
    _next++;
    _ack = false; // it goes with this one
}

size_t Session::make_small(uint8_t *&frame)
{
    offload_ToHost message = offload_ToHost_init_zero;
    if (_bye) { // before the next session's hello
        message.which_what = offload_ToHost_bye_tag;
        message.what.bye = true;
        _bye = false;
    } else if (_hello) {
        message.which_what = offload_ToHost_hello_tag;
        message.what.hello = {MBED_CONF_OFFLOAD_FRAME_BYTES, _asked_for};
        _hello_us = uptime_us();
        _hello = false;
    } else {
        message.again = _again;
        _ack = _again = false;
    }
    const size_t length = encode(message, {}, _small.message(), _small.room());
    frame = const_cast<uint8_t *>(_small.frame());
    return _small.close(line::OFFLOAD, length);
}

/// Write one frame, unless another thread does: that one goes on until nothing is left.
/// @return whether there may be more to write
bool Session::flush_one()
{
    lock();
    const bool small = _hello || _bye || _ack || _again;
    const bool numbered = !small && up() && _unsent != _next;
    if (!(small || numbered) || !_writer.trylock()) {
        unlock();
        return false;
    }
    uint8_t *frame = nullptr;
    size_t bytes = 0;
    if (small) {
        bytes = make_small(frame);
    } else {
        frame = const_cast<uint8_t *>(_window[_unsent % kFrames].frame.frame());
        bytes = _window[_unsent % kFrames].bytes;
        _written = _unsent;
    }
    const uint32_t session = _number;
    unlock();
    // Without the lock: the line may be slow, and its reader must not wait for that.
    serial_write(frame, bytes);
    lock();
    _writer.unlock();
    if (numbered && session == _number && up()) {
        _unsent += _unsent == _written;
        _progress_us = std::max(_progress_us, uptime_us());
    }
    _written = 0;
    retire();
    unlock();
    return true;
}

void Session::flush()
{
    while (flush_one()) {
    }
}

void Session::acknowledged(uint32_t up_to)
{
    if (up_to - _first >= _next - _first) {
        return; // an old one, or one of what was never sent
    }
    _acknowledged = up_to;
    _progress_us = uptime_us();
    _retries = 0;
    retire();
}

/// Give up what the host has. A frame that is being written keeps its place until it is written.
void Session::retire()
{
    const uint32_t before = _first;
    while (_first != _next && _acknowledged - _first < _next - _first && !(_written == _first && _writer.get_owner())) {
        if (_unsent == _first) {
            _unsent++;
        }
        _first++;
    }
    if (_first != before) {
        _listener.on_room();
    }
}

// --- in ---

void Session::take(const uint8_t *bytes, size_t length)
{
    Bytes data;
    lock();
    _in = offload_ToTarget_init_zero;
    _in.data.funcs.decode = find_data;
    _in.data.arg = &data;
    pb_istream_t stream = pb_istream_from_buffer(bytes, length);
    if (!pb_decode(&stream, offload_ToTarget_fields, &_in)) {
        // Its CRC was right: the host is of another version. What it says is left out.
    } else if (_in.which_what == offload_ToTarget_welcome_tag) {
        if (_state == State::asking && _in.what.welcome.id == _asked_for) {
            _state = State::up;
            _hello = false;
            _number = _in.session;
            _first = _next = _unsent = _expected = 1;
            _acknowledged = 0;
            _asked_us = 0;
            _heard_us = uptime_us();
            _listener.on_up(_in.what.welcome);
        }
    } else if (up() && _in.session == _number) {
        _heard_us = uptime_us();
        if (_in.which_what == offload_ToTarget_unknown_tag) {
            go_down();
        } else {
            acknowledged(_in.ack);
            if (_in.again) {
                _unsent = _first;
            }
            if (_in.sequence) {
                take_in_order(data);
            }
        }
    }
    unlock();
    flush_one();
}

void Session::take_in_order(const Bytes &data)
{
    const uint32_t ahead = _in.sequence - _expected;
    if (ahead == 0) {
        _expected++;
        _asked_us = 0;
        _ack = true;
        _listener.on_message(_in, data);
    } else if (int32_t(ahead) < 0) {
        _ack = true; // it came before: the acknowledgement was lost
    } else {
        ask_again();
    }
}

/// Once per gap: each answer is all that is under way.
void Session::ask_again()
{
    const uint64_t now = uptime_us();
    if (_asked_us == 0 || now - _asked_us > kAskAgainUs) {
        _asked_us = now;
        _again = true;
    }
}

void Session::damaged()
{
    lock();
    if (up()) {
        ask_again();
    }
    unlock();
    flush_one();
}

uint32_t Session::tick()
{
    lock();
    const uint64_t now = uptime_us();
    if (up() && now - _heard_us > MBED_CONF_OFFLOAD_SILENCE_MS * uint64_t(1000)) {
        go_down();
    } else if (up() && _first != _next && _unsent == _next && now - _progress_us > patience_us() << _retries) {
        _unsent = _first;
        _progress_us = now;
        _retries = uint8_t(std::min<int>(_retries + 1, kMostDoublings));
    } else if (_state == State::asking && now - _hello_us > kHelloEveryUs) {
        _hello = true;
    }
    _listener.on_tick();
    const bool connected = _state != State::down;
    unlock();
    const bool more = flush_one(); // not all at once: the line's reader reads in between
    return more ? 0 : connected ? kTickMs : kIdleTickMs;
}

} // namespace offload
} // namespace tlsbench
