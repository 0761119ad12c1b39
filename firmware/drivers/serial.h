/* The board's one serial line: console text and frames. The chip family's driver implements it. */
#pragma once

#include "rtos/Kernel.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench {

/// How often received bytes were lost because nobody took them out of the UART in time: as often as the UART told of
/// it.
inline volatile uint32_t serial_overruns;

/// Called once, by the start-up code.
void serial_init();

/// Wait up to `timeout` for at least one byte. Returns how many were stored in `buf`, 0 after the timeout.
/// One thread reads.
size_t serial_read(uint8_t *buf, size_t max, rtos::Kernel::Clock::duration_u32 timeout);

/// Send a block; no other thread's bytes come between. Blocks while the line is busy; not for interrupt handlers.
void serial_write(const uint8_t *buf, size_t len);

/// Keep other threads' blocks out between several serial_write(). Nests.
void serial_lock();
void serial_unlock();

/// Send without interrupts and without locks: for fault reports.
void serial_write_polled(const uint8_t *buf, size_t len);

} // namespace tlsbench
