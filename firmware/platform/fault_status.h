/* What the core itself notes of a fault, for the report. Each architecture has its own registers for it, or none. */
#pragma once

#include "rtos/kernel/port.h"

namespace tlsbench {
namespace kernel {

/// What a report needs of the stack: with less left of its own, tlsbench_fault_handler starts that afresh.
constexpr uint32_t fault_report_words = 96;

/// Forget what is noted: it is about the instruction by which fault() called the handler.
void fault_forget();
/// Whether the core found no room to stack its registers: then the frame says nothing.
bool fault_frame_lost();
/// Whether it is known that an access to the guard of a stack, [from, to), was refused.
bool fault_hit(uint32_t from, uint32_t to);
/// Print the cause in words, as far as the core tells. `frame` is null where it says nothing.
void fault_say_cause(const Frame *frame);
/// Print the registers that say it, one per line.
void fault_say_status();

} // namespace kernel
} // namespace tlsbench
