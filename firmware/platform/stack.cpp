#include "platform/stack.h"

#include "platform/stack_paint.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {

using namespace kernel;

namespace {

uint32_t *const interrupt_stack_limit = interrupt_stack + guard_bytes / sizeof(uint32_t);
uint32_t *const interrupt_stack_end = interrupt_stack + interrupt_stack_words;

uint32_t *end_of(const Tcb &thread)
{
    return thread.stack + thread.stack_bytes / sizeof(uint32_t);
}

uint32_t bytes_between(const uint32_t *from, const uint32_t *to)
{
    return uint32_t(to) - uint32_t(from);
}

uint32_t *main_stack_pointer()
{
    uint32_t *sp;
    asm volatile("mrs %0, msp" : "=r"(sp));
    return sp;
}

uint32_t *process_stack_pointer()
{
    uint32_t *sp;
    asm volatile("mrs %0, psp" : "=r"(sp));
    return sp;
}

} // namespace

size_t thread_stats(ThreadStats *out, size_t max)
{
    size_t count = 0;
    Masked masked;
    for (const Tcb *thread = threads; thread && count < max; thread = thread->next_thread) {
        const uint32_t peak = bytes_between(deepest_use(thread->stack_limit, end_of(*thread)), end_of(*thread));
        out[count++] = {thread->name,        thread->slot, uint32_t(thread->stack),
                        thread->stack_bytes, peak,         thread->base_priority};
    }
    if (count < max) {
        const uint32_t peak =
            bytes_between(deepest_use(interrupt_stack_limit, interrupt_stack_end), interrupt_stack_end);
        out[count++] = {"isr", interrupt_slot, uint32_t(interrupt_stack), sizeof interrupt_stack, peak, osPriorityISR};
    }
    return count;
}

void stacks_restart_peak()
{
    Masked masked;
    for (const Tcb *thread = threads; thread; thread = thread->next_thread) {
        paint(thread->stack_limit, thread == current ? process_stack_pointer() : thread->sp);
    }
    paint(interrupt_stack_limit, main_stack_pointer());
}

} // namespace tlsbench
