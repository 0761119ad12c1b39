/* What the checks must know of a chip family: family_<drivers>.cpp. */
#pragma once

#include <cstdint>

/// Have the counter that the clock runs on wrap in so many microseconds. The clock may jump forward now.
void wrap_soon(uint32_t us);

// Of a family whose counter cannot be set; the others need none of these three.
/// The clock's time, less what it takes to have the counter wrap soon.
uint64_t time_around_wrap();
/// Let the clock be as it was.
void wrap_no_more();
/// Whether a thread can sleep meanwhile.
bool sleeps_around_wrap();

/// Number of an interrupt that no driver of this image handles; its handler calls spare_interrupt().
extern const int spare_irq;
void spare_interrupt();
