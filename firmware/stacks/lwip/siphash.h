// SipHash-2-4: a short keyed hash. Without the key nobody can tell its values, however many they have seen.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench {
namespace lwip {

/// 128 bits, as two little-endian words.
struct SipKey {
    uint64_t words[2];
};

/// Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.
/// @param size bytes of `data`
uint64_t siphash(const SipKey &key, const void *data, size_t size);

} // namespace lwip
} // namespace tlsbench
