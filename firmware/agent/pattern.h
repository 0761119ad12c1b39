/* Pattern data: bytes that tell from their value where in a stream they belong. The host has the same function. */
#pragma once

#include <cstdint>

namespace tlsbench::agent {

/// Byte `i`, counted from the start of the stream.
inline uint8_t pattern_byte(uint32_t i, uint32_t seed)
{
    return uint8_t(i * 167 ^ i >> 8 ^ seed);
}

} // namespace tlsbench::agent
