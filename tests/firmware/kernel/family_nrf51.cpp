/* An nRF51's timer cannot be set, but made to count 16 bits, and fast: it then wraps every 8 ms, and the clock takes
   that for 32 bits each time. */
#include "board_config.h"
#include "drivers/nrf51/timer.h"
#include "family.h"
#include "platform/clock.h"

using namespace tlsbench;

namespace {

constexpr uint32_t timer_stop = BOARD_TIMER0_BASE + 0x004, bits_16 = 0, bits_32 = 3;
constexpr uint32_t prescaler = 1, per_us = 16 >> prescaler, period = 1 << 16;

void count(uint32_t bit_mode, uint32_t power)
{
    nrf51::trigger(timer_stop);
    kernel::reg(nrf51::timer_bit_mode) = bit_mode;
    kernel::reg(nrf51::timer_prescaler) = power;
}

} // namespace

void wrap_soon(uint32_t us)
{
    {
        kernel::Masked masked;
        count(bits_16, prescaler);
        nrf51::trigger(nrf51::timer_clear);
        nrf51::trigger(nrf51::timer_start);
    }
    const uint64_t before = uptime_us() >> 32; // what the clearing set back one wrap makes good
    while (uptime_us() >> 32 < before + 2 || uint32_t(uptime_us()) < period - us * per_us) {
    }
}

uint64_t time_around_wrap()
{
    const uint64_t time = uptime_us();
    return ((time >> 32) * period + uint32_t(time)) / per_us;
}

void wrap_no_more()
{
    kernel::Masked masked;
    count(bits_32, 4);
    nrf51::trigger(nrf51::timer_start);
}

bool sleeps_around_wrap()
{
    return false;
}

// It is polled.
const int spare_irq = BOARD_RNG_IRQ;

extern "C" void rng_irq_handler()
{
    spare_interrupt();
}
