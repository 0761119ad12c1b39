#include "family.h"

#include "board_config.h"
#include "drivers/stellaris/clock.h"
#include "rtos/ThisThread.h"

// The counter goes down and cannot be set but to its period, which is so long here that it wraps once in a check that
// keeps interrupts off.
void wrap_soon(uint32_t us)
{
    constexpr std::chrono::milliseconds longer(10);
    tlsbench::stellaris::set_clock_period(us + uint32_t(longer.count()) * 1000);
    rtos::ThisThread::sleep_for(longer);
}

// With a wrap every 12 ms QEMU 7.2, its time being that of instructions, stood still for good in a later sleep: every
// third run of the checks on a loaded machine.
void wrap_no_more()
{
    tlsbench::stellaris::set_clock_period(85'000'000);
}

// This image has no Ethernet driver.
const int spare_irq = BOARD_ETHERNET_IRQ;

extern "C" void ethernet_irq_handler()
{
    spare_interrupt();
}
