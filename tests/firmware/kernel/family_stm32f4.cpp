#include "family.h"

#include "board_config.h"
#include "platform/clock.h"

// The timer's counter goes up, at a speed that is looked at first.
void wrap_soon(uint32_t us)
{
    volatile uint32_t &counter = *reinterpret_cast<volatile uint32_t *>(BOARD_TIMER0_BASE + 0x24);
    const uint64_t start_us = tlsbench::uptime_us();
    const uint32_t start = counter;
    while (tlsbench::uptime_us() - start_us < 1000) {
    }
    counter = 0 - uint32_t(uint64_t(counter - start) * us / 1000);
}

// The clock has no interrupt.
const int spare_irq = BOARD_TIMER0_IRQ;

extern "C" void timer0_irq_handler()
{
    spare_interrupt();
}
