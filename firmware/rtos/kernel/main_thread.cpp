/* The two threads that always exist. */
#include "platform/probe.h"
#include "platform/stack.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

extern "C" {

extern void (*const __init_array_start[])();
extern void (*const __init_array_end[])();
int main();

// noinline, with the loop inside: the emulator's probe takes instructions in this symbol's range for idling.
__attribute__((noinline)) void tlsbench_idle()
{
    for (;;) {
        asm volatile("wfi");
    }
}
}

namespace tlsbench {

// Guard, the frame of one exception and what the switch saves.
TLSBENCH_STACK(idle_stack, 32 + 32 + 36 + 60);

namespace kernel {

namespace {

Tcb main_thread, idle_thread;

void prepare(Tcb &thread, const char *name, osPriority priority, unsigned char *stack, uint32_t bytes)
{
    thread.name = name;
    thread.base_priority = uint8_t(priority);
    thread.stack = reinterpret_cast<uint32_t *>(stack);
    thread.stack_bytes = bytes;
}

void run_main(void *)
{
    for (auto constructor = __init_array_start; constructor < __init_array_end; constructor++) {
        (*constructor)();
    }
    main();
    Masked masked;
    end(masked, main_thread);
    masked.open();
}

void run_idle(void *)
{
    tlsbench_idle();
}

} // namespace

void start_threads()
{
    asm volatile("cpsid i"); // the first interrupt must find a running thread
    probe_thread(interrupt_slot, uint32_t(interrupt_stack), sizeof interrupt_stack);
    prepare(main_thread, "main", osPriorityNormal, main_stack, main_stack_bytes);
    prepare(idle_thread, "idle", osPriorityIdle, idle_stack, sizeof idle_stack);
    start(main_thread, run_main, nullptr);
    start(idle_thread, run_idle, nullptr);
    port_start();
}

} // namespace kernel
} // namespace tlsbench
