/* The board's own source of random bits. The chip family's driver implements it for boards whose board.toml has
   [peripherals.rng]; the others have none. */
#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench {

/// Fill `out` with random bytes. May take milliseconds; for threads.
/// @return false if the source is not there, gave nothing in time or failed one of its health checks: then `out` is
///         not to be used
bool entropy_source_read(uint8_t *out, size_t bytes);

} // namespace tlsbench
