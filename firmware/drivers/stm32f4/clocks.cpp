#include "drivers/stm32f4/clocks.h"

#include "board_config.h"
#include "platform/clock.h"
#include "rtos/kernel/port.h"

namespace tlsbench::stm32f4 {

using kernel::reg;

namespace {

// Reset and clock control, RM0090 section 7.3.
constexpr uint32_t rcc = 0x4002'3800, rcc_cr = rcc, rcc_pllcfgr = rcc + 0x04, rcc_cfgr = rcc + 0x08;
constexpr uint32_t rcc_ahb1enr = rcc + 0x30, rcc_ahb2enr = rcc + 0x34, rcc_apb1enr = rcc + 0x40,
                   rcc_apb2enr = rcc + 0x44;
constexpr uint32_t hsi_on = 1 << 0, hsi_ready = 1 << 1, hse_on = 1 << 16, hse_ready = 1 << 17, hse_bypass = 1 << 18;
constexpr uint32_t pll_on = 1 << 24, pll_ready = 1 << 25, pll_from_hse = 1 << 22;
constexpr uint32_t select = 3, select_pll = 2, selected = 3 << 2, pll_selected = 2 << 2; // 0: the internal oscillator
constexpr uint32_t bus_dividers = 0xFCF0;

// Debug support, section 38.16.3.
constexpr uint32_t dbgmcu_cr = 0xE004'2004, clocks_in_sleep = 1 << 0;

// Flash access control, section 3.9.1.
constexpr uint32_t flash_acr = 0x4002'3C00, prefetch_and_caches = 7 << 8;

constexpr uint32_t mhz = 1'000'000, hsi_hz = 16 * mhz, hz = BOARD_CLOCK_HZ;

// Up to this speed the core needs no more than the supply's state after reset.
static_assert(hz % mhz == 0 && hz >= 50 * mhz && hz <= 168 * mhz,
              "clock_hz: the PLL gives 50 to 168 MHz, in whole MHz");
constexpr uint32_t divide_by_2 = 4, divide_by_4 = 5; // of the buses: at most 42 and 84 MHz
constexpr uint32_t divide = divide_by_4 << 10 | divide_by_2 << 13;
constexpr Clocks by_pll = {hz / 4, hz / 2, hz / 2}, by_hsi = {hsi_hz, hsi_hz, hsi_hz};
constexpr uint32_t wait_states = (hz - 1) / (30 * mhz); // at 2.7 V and more, section 3.5.1

// The PLL compares at 2 MHz where the source allows, runs at twice the core's clock, and gives the RNG and USB at most
// 48 MHz.
constexpr uint32_t pll_settings(uint32_t source_hz)
{
    const uint32_t compare = source_hz % (2 * mhz) == 0 ? 2 * mhz : mhz;
    const uint32_t vco = 2 * hz;
    return source_hz / compare | vco / compare << 6 | ((vco + 48 * mhz - 1) / (48 * mhz)) << 24;
}
constexpr uint32_t pll_bits = 0x0F43'7FFF; // the others stay as they are
static_assert(2 * hz >= 100 * mhz && 2 * hz <= 432 * mhz);

Clocks running = by_pll;

// Waits, at most some tens of milliseconds; nothing counts time yet.
bool comes(uint32_t address, uint32_t mask, uint32_t value)
{
    for (uint32_t tries = 0; tries < 100'000; tries++) {
        if ((reg(address) & mask) == value) {
            return true;
        }
    }
    return false;
}

#ifdef BOARD_OSCILLATOR_HZ
static_assert(BOARD_OSCILLATOR_HZ % mhz == 0 && BOARD_OSCILLATOR_HZ >= 4 * mhz && BOARD_OSCILLATOR_HZ <= 50 * mhz,
              "oscillator.hz: whole MHz, 4 to 50");

bool oscillator_starts()
{
    reg(rcc_cr) |= BOARD_OSCILLATOR_EXTERNAL ? hse_bypass : 0; // which only counts before it is on
    reg(rcc_cr) |= hse_on;
    return comes(rcc_cr, hse_ready, hse_ready);
}
constexpr uint32_t by_oscillator = pll_settings(BOARD_OSCILLATOR_HZ) | pll_from_hse;
#else
bool oscillator_starts()
{
    return false;
}
constexpr uint32_t by_oscillator = 0;
#endif

bool pll_starts()
{
    reg(rcc_cr) &= ~pll_on;
    if (!comes(rcc_cr, pll_ready, 0)) { // the bit of a PLL that a bootloader started would be taken for the next one's
        return false;
    }
    const uint32_t settings = oscillator_starts() ? by_oscillator : pll_settings(hsi_hz);
    reg(rcc_pllcfgr) = (reg(rcc_pllcfgr) & ~pll_bits) | settings;
    reg(rcc_cr) |= pll_on;
    return comes(rcc_cr, pll_ready, pll_ready);
}

} // namespace

const Clocks &clocks()
{
    return running;
}

// On silicon something must run, and its bit is set. If no bit is there are no clocks to set: an emulator without them
// (QEMU) runs at the speed that board.toml says.
void start_clocks()
{
    if (reg(rcc_cr) == 0) {
        return;
    }
    // The core waits for interrupts asleep, and counts cycles there, too: else its counter has no clock meanwhile.
    reg(dbgmcu_cr) |= clocks_in_sleep;
    reg(rcc_cr) |= hsi_on;
    comes(rcc_cr, hsi_ready, hsi_ready);
    reg(rcc_cfgr) &= ~select; // a bootloader may have left another
    comes(rcc_cfgr, selected, 0);
    if (pll_starts()) {
        reg(flash_acr) = prefetch_and_caches | wait_states;
        reg(rcc_cfgr) = (reg(rcc_cfgr) & ~(bus_dividers | select)) | divide | select_pll;
        if (comes(rcc_cfgr, selected, pll_selected)) {
            return;
        }
    }
    reg(rcc_cfgr) &= ~(bus_dividers | select);
    running = by_hsi;
    core_mhz = hsi_hz / mhz;
}

// On every bus a peripheral's bit in the enable register is its place on the bus.
void enable(uint32_t address)
{
    constexpr uint32_t rng = 6;
    const uint32_t place = address >> 10 & 31;
    const uint32_t from = address >= 0x5000'0000   ? rcc_ahb2enr
                          : address >= 0x4002'0000 ? rcc_ahb1enr
                          : address >= 0x4001'0000 ? rcc_apb2enr
                                                   : rcc_apb1enr;
    reg(from) |= 1u << (from == rcc_ahb2enr ? rng : place);
    [[maybe_unused]] const uint32_t settled = reg(from); // the clock is on two cycles later, section 7.3.10's note
}

void connect_pin(uint32_t pin, uint32_t alternate)
{
    const uint32_t port = 0x4002'0000 + (pin >> 4) * 0x400, number = pin & 15;
    const uint32_t mode = port, speed = port + 0x08, pull = port + 0x0C, function = port + (number < 8 ? 0x20 : 0x24);
    const auto set = [](uint32_t address, uint32_t shift, uint32_t mask, uint32_t value) {
        reg(address) = (reg(address) & ~(mask << shift)) | value << shift;
    };
    enable(port);
    set(function, number % 8 * 4, 15, alternate);
    set(speed, number * 2, 3, 2);
    set(pull, number * 2, 3, 1); // up: a line that nobody drives is idle
    set(mode, number * 2, 3, 2);
}

} // namespace tlsbench::stm32f4
