/* The random number generator of an STM32F4 (RM0090, section 24). */
#include "board_config.h"
#include "drivers/entropy_source.h"
#include "drivers/stm32f4/clocks.h"
#include "drivers/stm32f4/rng_health.h"
#include "platform/clock.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::reg;

namespace {

constexpr uint32_t control = BOARD_RNG_BASE, status = BOARD_RNG_BASE + 4, data = BOARD_RNG_BASE + 8;
constexpr uint32_t on = 1 << 2;
constexpr uint64_t patience_us = 1000; // a word takes 40 cycles of its clock

struct Registers {
    uint32_t status() const { return reg(tlsbench::status); }
    uint32_t data() const { return reg(tlsbench::data); }
    bool late() const { return uptime_us() > limit_us; }

    uint64_t limit_us;
};

} // namespace

bool entropy_source_read(uint8_t *out, size_t bytes)
{
    stm32f4::enable(BOARD_RNG_BASE);
    reg(tlsbench::status) = 0; // an earlier error
    reg(control) = on;
    if (!(reg(control) & on)) {
        return false; // an emulator without it
    }
    const bool healthy = stm32f4::read_random(Registers{uptime_us() + patience_us * (bytes / 4 + 2)}, out, bytes);
    reg(control) = 0;
    return healthy;
}

} // namespace tlsbench
