/* By itself, so that the linker leaves it out of an image that has its own. */
#include "rtos/kernel/startup.h"

namespace tlsbench {

alignas(32) __attribute__((section(".bss.stack.main"))) unsigned char main_stack[MBED_CONF_RTOS_MAIN_THREAD_STACK_SIZE];
const uint32_t main_stack_bytes = sizeof main_stack;

} // namespace tlsbench
