/* How every peripheral of an nRF51 is spoken to (nRF51 Series Reference Manual 3.0, section 10): writing 1 to a task
   starts it, an event reads as 1 once it has happened, and 0 is written to forget it. */
#pragma once

#include "rtos/kernel/port.h"

namespace tlsbench {
namespace nrf51 {

constexpr uint32_t interrupt_set = 0x304, interrupt_clear = 0x308;

inline void trigger(uint32_t task)
{
    kernel::reg(task) = 1;
}

inline bool happened(uint32_t event)
{
    return kernel::reg(event) != 0;
}

inline void forget(uint32_t event)
{
    kernel::reg(event) = 0;
}

} // namespace nrf51
} // namespace tlsbench
