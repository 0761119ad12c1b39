/* What the checks must know of a chip family: family_<drivers>.cpp. */
#pragma once

#include <cstdint>

/// Have the counter that the clock runs on wrap in so many microseconds. The clock may jump forward now.
void wrap_soon(uint32_t us);

/// Number of an interrupt that no driver of this image handles; its handler calls spare_interrupt().
extern const int spare_irq;
void spare_interrupt();
