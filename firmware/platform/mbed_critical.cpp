#include "platform/mbed_critical.h"

#include "platform/mbed_assert.h"
#include "rtos/kernel/port.h"

namespace {

uint32_t depth;
uint32_t outer_mask; // what the outermost section found, and restores

uint32_t primask()
{
    uint32_t value;
    asm volatile("mrs %0, primask" : "=r"(value));
    return value;
}

} // namespace

extern "C" {

void core_util_critical_section_enter()
{
    const uint32_t mask = primask();
    asm volatile("cpsid i" ::: "memory");
    if (depth++ == 0) {
        outer_mask = mask;
    }
}

void core_util_critical_section_exit()
{
    MBED_ASSERT(depth);
    if (--depth == 0) {
        asm volatile("msr primask, %0" ::"r"(outer_mask) : "memory");
    }
}

bool core_util_in_critical_section()
{
    return depth != 0;
}

bool core_util_is_isr_active()
{
    return tlsbench::kernel::active_exception() != 0;
}

bool core_util_are_interrupts_enabled()
{
    return primask() == 0;
}
}
