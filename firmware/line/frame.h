/* Frames on the serial line: 00 COBS(channel, message, CRC-32) 00. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench::line {

/// Who a frame is for. The host tells console text from a frame by this byte, so it must be none that text has.
enum Channel : uint8_t { AGENT = 1, OFFLOAD = 2 };

/// Bytes of channel and CRC in a frame's payload.
constexpr size_t kFrameOverhead = 1 + 4;

/// CRC-32 of IEEE 802.3.
uint32_t crc32(const uint8_t *data, size_t length);

/// COBS costs one byte, and one more per 254.
constexpr size_t cobs_bytes(size_t payload)
{
    return payload + payload / 254 + 1;
}

/// Make a frame in place: put channel and CRC around a message, encode, and put a zero at each end.
/// @param bytes  room for the frame, which begins here
/// @param gap    how far behind that the payload begins: so far that what is written never overtakes what is read
/// @param length bytes of the message, one behind the payload's begin
/// @return bytes of the frame, both zeros included
size_t close_frame(uint8_t *bytes, size_t gap, Channel channel, size_t length);

/// A frame to be sent: the message is written into `message()`, and `close` makes a frame of it in place.
template <size_t kPayload> class FrameWriter {
public:
    uint8_t *message() { return &_bytes[kGap + 1]; }
    static constexpr size_t room() { return kPayload - kFrameOverhead; }

    /// @param length bytes at message()
    /// @return bytes at frame(), both zeros included
    size_t close(Channel channel, size_t length) { return close_frame(_bytes, kGap, channel, length); }
    const uint8_t *frame() const { return _bytes; }

private:
    static constexpr size_t kGap = 1 + cobs_bytes(kPayload) - kPayload;
    uint8_t _bytes[kGap + kPayload + 1];
};

/// Takes the bytes of the line one by one. What is not between zeros or not a frame is told and forgotten.
class FrameReader {
public:
    enum Result {
        NOTHING, ///< nothing is complete yet
        FRAME,   ///< message() holds a frame's message
        BAD_FRAME,
        BAD_CRC,
        TOO_LONG,
    };

    /// @param bytes room for what stands between two zeros: cobs_bytes() of the longest payload
    template <size_t N> explicit constexpr FrameReader(uint8_t (&bytes)[N]) : _bytes(bytes), _room(N) {}

    Result take(uint8_t byte);

    /// Valid from FRAME until the next take().
    uint8_t channel() const { return _bytes[0]; }
    const uint8_t *message() const { return &_bytes[1]; }
    size_t length() const { return _length; }

private:
    Result decode(size_t encoded);

    uint8_t *_bytes;
    size_t _room;
    size_t _fill = 0; // encoded bytes since the last zero
    size_t _length = 0;
};

} // namespace tlsbench::line
