/* From power-on to main(): vector table, memory, the first two threads. */
#include "rtos/kernel/startup.h"

#include "board_config.h"
#include "board_vectors.h"
#include "drivers/serial.h"
#include "platform/clock.h"
#include "platform/cycles.h"
#include "platform/fault.h"
#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"

#include <cstdio>

using namespace tlsbench;

extern "C" {

extern uint32_t __data_start[], __data_end[], __bss_start[], __bss_end[];
extern const uint32_t __data_load[];

void Reset_Handler();
void tlsbench_fault_handler();
void SVC_Handler();
void PendSV_Handler();

void tlsbench_unexpected_interrupt()
{
    static char reason[56];
    snprintf(reason, sizeof reason, "interrupt %d came, which no driver handles", int(kernel::active_exception()) - 16);
    fault("unexpected interrupt", reason);
}

#define BOARD_INTERRUPT(number, handler) void handler() __attribute__((weak, alias("tlsbench_unexpected_interrupt")));
BOARD_INTERRUPT(-1, SysTick_Handler) // where the alarm is another timer's
#include "board_vectors.h"
#undef BOARD_INTERRUPT
}

namespace tlsbench {

alignas(32) __attribute__((section(".bss.stack.isr"))) uint32_t interrupt_stack[interrupt_stack_words];

uint32_t core_mhz = BOARD_CLOCK_HZ / 1'000'000;
static_assert(BOARD_CLOCK_HZ % 1'000'000 == 0, "clock_hz: whole cycles per microsecond are counted");

} // namespace tlsbench

namespace {

using Handler = void (*)();

struct Vectors {
    const uint32_t *stack;
    Handler system[15];
    Handler device[BOARD_INTERRUPTS];
};

constexpr Vectors make_vectors()
{
    Vectors vectors = {interrupt_stack + interrupt_stack_words, {}, {}};
    for (Handler &handler : vectors.system) {
        handler = tlsbench_unexpected_interrupt;
    }
    for (Handler &handler : vectors.device) {
        handler = tlsbench_unexpected_interrupt;
    }
    // Indices are exception numbers less one: the table's first word is the stack.
    vectors.system[0] = Reset_Handler;
    for (int fault = 1; fault <= 6; fault++) {
        vectors.system[fault] = tlsbench_fault_handler;
    }
    vectors.system[10] = SVC_Handler;
    vectors.system[13] = PendSV_Handler;
    vectors.system[14] = SysTick_Handler;
#define BOARD_INTERRUPT(number, handler) vectors.device[number] = handler;
#include "board_vectors.h"
#undef BOARD_INTERRUPT
    return vectors;
}

__attribute__((section(".vectors"), used)) constexpr Vectors vectors = make_vectors();

} // namespace

extern "C" void Reset_Handler()
{
    uint32_t *here = static_cast<uint32_t *>(__builtin_frame_address(0));
    paint(interrupt_stack, here - 16); // short of what the calls below may already have pushed
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = __bss_start; to < __bss_end; to++) {
        *to = 0;
    }
    kernel::port_init();
    clock_start();
    cycles_start();
    serial_init();
    kernel::start_threads();
}
