#include "platform/mbed_critical.h"

#include "platform/mbed_assert.h"
#include "rtos/kernel/port.h"

using namespace tlsbench::kernel;

extern "C" {

void core_util_critical_section_enter()
{
    port_lock();
}

void core_util_critical_section_exit()
{
    MBED_ASSERT(port_lock_depth());
    port_unlock();
}

bool core_util_in_critical_section()
{
    return port_lock_depth() != 0;
}

bool core_util_is_isr_active()
{
    return false;
}

bool core_util_are_interrupts_enabled()
{
    return port_lock_depth() == 0;
}
}
