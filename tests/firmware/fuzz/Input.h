// A fuzzer's bytes, read one after the other; beyond their end everything is 0.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

class Input {
public:
    Input(const uint8_t *data, size_t size) : _data(data), _end(data + size) {}

    bool ended() const { return _data == _end; }

    uint8_t byte() { return ended() ? 0 : *_data++; }
    uint16_t word()
    {
        const uint8_t low = byte();
        return uint16_t(byte() << 8 | low);
    }

    /// Take up to `size` bytes.
    /// @return their address; `size` becomes how many there are
    const uint8_t *bytes(size_t &size)
    {
        size = std::min(size, size_t(_end - _data));
        const uint8_t *taken = _data;
        _data += size;
        return taken;
    }

private:
    const uint8_t *_data;
    const uint8_t *_end;
};
