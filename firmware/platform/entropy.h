/*
 * Where random numbers come from. A board without a hardware source is given a seed by the bench at start: the same
 * seed makes a run repeatable. A board with one (drivers/entropy_source.h) mixes in what that gives, if it is healthy.
 * Without either nothing random is given out, so no handshake can be weak in silence.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench {

constexpr size_t ENTROPY_MIN_BYTES = 32; ///< shortest seed that is taken: 256 bits
constexpr size_t ENTROPY_MAX_BYTES = 64; ///< most that is kept; what is longer is folded onto it

/// Take a seed, in place of any earlier one, mixed with what the board's own source gives.
/// @param len bytes, at least ENTROPY_MIN_BYTES
/// @return whether it was taken
bool entropy_inject(const uint8_t *seed, size_t len);

/// Take what the board's own source gives, in place of any earlier seed.
/// @return false if there is none, or it is not healthy: then nothing has changed
bool entropy_gather();

bool entropy_ready();

/// "hardware", "injected" or "none": goes into every result, for an injected seed alone is no protection.
const char *entropy_kind();

/// Counts the seeds taken, so that a generator can tell when to seed itself again. 0: none yet.
uint32_t entropy_generation();

/// Copy the seed.
/// @param out room for ENTROPY_MAX_BYTES
/// @return its length in bytes, 0 without a seed
size_t entropy_seed(uint8_t *out);

} // namespace tlsbench
