/* Wall clock. There is no real-time clock: the time is what set_time() said plus what has passed since. */
#pragma once

#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Set the wall clock, in seconds since 1970-01-01 00:00 UTC. time(NULL) then counts on from there.
void set_time(time_t t);

#ifdef __cplusplus
}

namespace tlsbench {

/// What time() counts, in microseconds.
uint64_t wall_clock_us();

/// Whether set_time() was ever called; until then time() counts from 1970 and means nothing.
bool clock_is_set();

} // namespace tlsbench
#endif
