/*
 * What the emulator's plugin watches. The plugin sees the address of a store but not its value, so everything is said
 * by the address: byte stores into tlsbench_probe. On a board without such a plugin they are stores like any other.
 *   offset 0..15     one nibble of an argument, the most significant of 8 first; arguments queue up until a command
 *   offset 16        THREAD (slot, stack_base, stack_size): a thread now uses this slot; 31 is the interrupt stack
 *   offset 17        MARK (id): a phase ends
 *   offset 18, 19    CALL_BEGIN, CALL_END (id): around one socket call
 *   offset 20        MEASURE: until the next MARK the agent measures; none of that is the phase's work
 *   offset 32+slot   the thread of this slot runs from now on
 */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

extern volatile uint8_t tlsbench_probe[64];

/// Holds the loop that waits for interrupts; instructions outside it are work.
void tlsbench_idle(void);

#ifdef __cplusplus
}

namespace tlsbench {

void probe_thread(uint32_t slot, uint32_t stack_base, uint32_t stack_size);
void probe_mark(uint32_t id);
void probe_measure();
void probe_call_begin(uint32_t id);
void probe_call_end(uint32_t id);

inline void probe_switch(uint32_t slot)
{
    tlsbench_probe[32 + slot] = 0;
}

} // namespace tlsbench
#endif
