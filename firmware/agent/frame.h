/* Frames on the serial line: 00 COBS(version, message, CRC-32) 00. */
#pragma once

#include "capacity.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench::agent {

/// CRC-32 of IEEE 802.3.
uint32_t crc32(const uint8_t *data, size_t length);

/// COBS costs one byte, and one more per 254.
constexpr size_t cobs_bytes(size_t payload)
{
    return payload + payload / 254 + 1;
}

/// A frame to be sent: the message is written into `message()`, and `close` makes a frame of it in place.
class FrameWriter {
public:
    uint8_t *message() { return &_bytes[kGap + 1]; }
    static constexpr size_t room() { return kSendPayload - kFrameOverhead; }

    /// @param length bytes at message()
    /// @return bytes at frame(), both zeros included
    size_t close(size_t length);
    const uint8_t *frame() const { return _bytes; }

private:
    // The payload lies so far behind the start that COBS, written from the start, never overtakes what it reads.
    static constexpr size_t kGap = 1 + cobs_bytes(kSendPayload) - kSendPayload;
    uint8_t _bytes[kGap + kSendPayload + 1];
};

/// Takes the bytes of the line one by one. What is not between zeros or not a frame is counted and forgotten.
class FrameReader {
public:
    enum Result {
        NOTHING, ///< nothing is complete yet
        FRAME,   ///< message() holds a frame's message
        BAD_FRAME,
        BAD_CRC,
        TOO_LONG,
        BAD_VERSION,
    };

    Result take(uint8_t byte);

    /// Valid from FRAME until the next take().
    const uint8_t *message() const { return &_bytes[1]; }
    size_t length() const { return _length; }
    /// Valid after BAD_VERSION.
    uint8_t version() const { return _bytes[0]; }

private:
    Result decode(size_t encoded);

    size_t _fill = 0; // encoded bytes since the last zero
    size_t _length = 0;
    uint8_t _bytes[cobs_bytes(kReceivePayload)];
};

} // namespace tlsbench::agent
