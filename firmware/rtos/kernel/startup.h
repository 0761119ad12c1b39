/* What start-up code and kernel share. */
#pragma once

#include <cstdint>

namespace tlsbench {

constexpr uint32_t interrupt_stack_words = MBED_CONF_RTOS_INTERRUPT_STACK_SIZE / 4;
/// The stack of interrupt handlers, of start-up and of fault reports.
extern uint32_t interrupt_stack[interrupt_stack_words];

/// The stack of the thread that runs main(). An image may define both by itself (main_stack.cpp).
extern unsigned char main_stack[];
extern const uint32_t main_stack_bytes;

namespace kernel {

/// The end of Reset_Handler: make the threads "main" and "idle" and run them.
[[noreturn]] void start_threads();

} // namespace kernel
} // namespace tlsbench
