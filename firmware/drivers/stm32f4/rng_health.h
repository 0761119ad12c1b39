/* Reading the random number generator with the checks that its manual asks for (RM0090, section 24.3): its own error
   flags, and FIPS 140-2's continuous test, for which the first word is never given out. Apart from the registers, so
   that it can be tried with a source that fails. */
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tlsbench::stm32f4 {

constexpr uint32_t rng_ready = 1 << 0;
// The clock or the seed is wrong now, or has been.
constexpr uint32_t rng_errors = 1u << 1 | 1u << 2 | 1u << 5 | 1u << 6;

/// @param source has status(), data() and late(): whether the wait for the next word has been too long
/// @return false as soon as a check fails or a word is late; `out` is then not to be used
template <typename Source> bool read_random(const Source &source, uint8_t *out, size_t bytes)
{
    uint32_t previous = 0;
    bool first = true;
    while (first || bytes) {
        uint32_t status;
        do {
            status = source.status();
            if (status & rng_errors || source.late()) {
                return false;
            }
        } while (!(status & rng_ready));
        const uint32_t word = source.data();
        if (!first) {
            if (word == previous) {
                return false;
            }
            const size_t count = bytes < sizeof word ? bytes : sizeof word;
            memcpy(out, &word, count);
            out += count;
            bytes -= count;
        }
        previous = word;
        first = false;
    }
    return true;
}

} // namespace tlsbench::stm32f4
