/* What start-up code and kernel share. */
#pragma once

#include <cstdint>

namespace tlsbench {

constexpr uint32_t interrupt_stack_words = MBED_CONF_RTOS_INTERRUPT_STACK_SIZE / 4;
/// The stack of interrupt handlers, of start-up and of fault reports.
extern uint32_t interrupt_stack[interrupt_stack_words];

namespace kernel {

/// The end of Reset_Handler: make the threads "main" and "idle" and run them.
[[noreturn]] void start_threads();

} // namespace kernel
} // namespace tlsbench
