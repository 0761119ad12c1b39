// What a test can do to the world around the secure socket.
#pragma once

#include <cstddef>

namespace stand_in {

/// Blocks that the secure socket and Mbed TLS hold, and their bytes: all of them come from calloc().
size_t blocks();
size_t bytes();

/// Have the allocation after the next `count` ones refused; negative: none.
void refuse_allocation(long count);
/// Whether it came to that.
bool has_refused();

void set_clock(bool set);

} // namespace stand_in
