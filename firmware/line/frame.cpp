#include "frame.h"

namespace tlsbench::line {

uint32_t crc32(const uint8_t *data, size_t length)
{
    // Four bits at a time: a table of 64 bytes instead of 1024.
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

size_t close_frame(uint8_t *bytes, size_t gap, Channel channel, size_t length)
{
    uint8_t *payload = &bytes[gap];
    payload[0] = channel;
    size_t size = 1 + length;
    uint32_t crc = crc32(payload, size);
    for (int shift = 0; shift < 32; shift += 8) {
        payload[size++] = uint8_t(crc >> shift);
    }

    size_t out = 0;
    bytes[out++] = 0;
    size_t code_at = out++;
    uint8_t code = 1; // one more than the bytes that follow it before the next zero
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = payload[i];
        if (byte != 0) {
            bytes[out++] = byte;
            code++;
        }
        if (byte == 0 || (code == 255 && i + 1 < size)) {
            bytes[code_at] = code;
            code_at = out++;
            code = 1;
        }
    }
    bytes[code_at] = code;
    bytes[out++] = 0;
    return out;
}

FrameReader::Result FrameReader::take(uint8_t byte)
{
    if (byte != 0) {
        if (_fill < _room) {
            _bytes[_fill] = byte;
        }
        // Stops one beyond the end, so that a flood is known as such and overflows nothing.
        _fill += _fill <= _room;
        return NOTHING;
    }
    size_t encoded = _fill;
    _fill = 0;
    if (encoded == 0) {
        return NOTHING; // the zero that closes one frame and the zero that opens the next
    }
    return encoded > _room ? TOO_LONG : decode(encoded);
}

FrameReader::Result FrameReader::decode(size_t encoded)
{
    size_t out = 0; // in place: what is written never overtakes what is read
    for (size_t in = 0; in < encoded;) {
        size_t code = _bytes[in++];
        if (in + code - 1 > encoded) {
            return BAD_FRAME;
        }
        for (size_t i = 1; i < code; i++) {
            _bytes[out++] = _bytes[in++];
        }
        if (code < 255 && in < encoded) {
            _bytes[out++] = 0;
        }
    }
    if (out < kFrameOverhead) {
        return BAD_FRAME;
    }
    uint32_t crc = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        crc = crc << 8 | _bytes[out - 4 + shift / 8];
    }
    if (crc != crc32(_bytes, out - 4)) {
        return BAD_CRC;
    }
    _length = out - kFrameOverhead;
    return FRAME;
}

} // namespace tlsbench::line
