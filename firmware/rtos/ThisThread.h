/* What the calling thread can do to itself: Mbed OS's rtos::ThisThread. Not for interrupt handlers. */
#pragma once

#include "rtos/Kernel.h"

namespace rtos {
namespace ThisThread {

uint32_t flags_clear(uint32_t flags);
uint32_t flags_get();
uint32_t flags_wait_all(uint32_t flags, bool clear = true);
uint32_t flags_wait_all_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear = true);
uint32_t flags_wait_all_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear = true);
uint32_t flags_wait_any(uint32_t flags, bool clear = true);
uint32_t flags_wait_any_for(uint32_t flags, Kernel::Clock::duration_u32 rel_time, bool clear = true);
uint32_t flags_wait_any_until(uint32_t flags, Kernel::Clock::time_point abs_time, bool clear = true);

void sleep_for(Kernel::Clock::duration_u32 rel_time);
void sleep_until(Kernel::Clock::time_point abs_time);

/// Let a ready thread of the same priority run.
void yield();

osThreadId_t get_id();
const char *get_name();

} // namespace ThisThread
} // namespace rtos
