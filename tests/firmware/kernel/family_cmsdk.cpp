#include "family.h"

#include "board_config.h"

// The value register of the CMSDK timer, which counts down.
void wrap_soon(uint32_t us)
{
    *reinterpret_cast<volatile uint32_t *>(BOARD_TIMER0_BASE + 4) = us * (BOARD_CLOCK_HZ / 1'000'000);
}

// This image has no Ethernet driver.
const int spare_irq = BOARD_ETHERNET_IRQ;

extern "C" void ethernet_irq_handler()
{
    spare_interrupt();
}
