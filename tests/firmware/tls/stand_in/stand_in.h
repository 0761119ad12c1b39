// What a test can do to the world around the secure socket.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stand_in {

/// Blocks that the secure socket and Mbed TLS hold, and their bytes: all of them come from calloc().
size_t blocks();
size_t bytes();

/// Have the allocation after the next `count` ones refused; negative: none.
void refuse_allocation(long count);
/// Whether it came to that.
bool has_refused();

void set_clock(bool set);

/// From now on nothing takes time but waiting, which is over at once: the clock goes on by as much. For a check of one
/// thread, which nobody else could wake.
void only_waiting_takes_time();
/// Let a wait be over, if that is so.
/// @return false: the thread really has to wait
bool waits_at_once(uint32_t ms);

} // namespace stand_in
