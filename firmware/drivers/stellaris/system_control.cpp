// System control and the pins of a Stellaris microcontroller (LM3S6965 data sheet, chapters 5 and 8).
#include "drivers/stellaris/system_control.h"

#include "board_config.h"

namespace tlsbench {
namespace stellaris {

namespace {

constexpr uint32_t raw_interrupts = 0x050, run_mode_clock = 0x060, clock_gate0 = 0x100, clock_gate1 = 0x104,
                   clock_gate2 = 0x108, user0 = 0x1e0, user1 = 0x1e4;

// run_mode_clock (RCC)
constexpr uint32_t main_oscillator_off = 1u << 0, source_mask = 3u << 4, crystal_mask = 15u << 6, bypass_pll = 1u << 11,
                   pll_off = 1u << 13, use_divider = 1u << 22, divider_mask = 15u << 23;
constexpr unsigned crystal_shift = 6, divider_shift = 23;
constexpr uint32_t pll_locked = 1u << 6; // raw_interrupts
constexpr int lock_tries = 100'000;      // data sheet: it locks within half a millisecond

constexpr uint32_t pll_hz = 200'000'000; // behind its fixed divider
static_assert(pll_hz % BOARD_CLOCK_HZ == 0 && pll_hz / BOARD_CLOCK_HZ >= 4 && pll_hz / BOARD_CLOCK_HZ <= 16,
              "clock_hz must be 200 MHz divided by 4 to 16");

constexpr uint32_t crystals[] = {3'579'545, 3'686'400, 4'000'000, 4'096'000, 4'915'200, 5'000'000,
                                 5'120'000, 6'000'000, 6'144'000, 7'372'800, 8'000'000, 8'192'000};
constexpr uint32_t first_crystal = 4; // those below cannot feed the PLL

constexpr uint32_t crystal_code()
{
    for (uint32_t i = 0; i < sizeof crystals / sizeof crystals[0]; i++) {
        if (crystals[i] == BOARD_OSCILLATOR_HZ) {
            return first_crystal + i;
        }
    }
    return 0;
}
static_assert(crystal_code() != 0, "oscillator.hz is none that the PLL takes");

// clock_gate0, 1, 2
constexpr uint32_t gate_watchdog = 1u << 3;
constexpr uint32_t gate_uart0 = 1u << 0;
constexpr uint32_t gate_pins_a = 1u << 0, gate_mac = 1u << 28, gate_phy = 1u << 30;

// Pins: PA0 and PA1 are UART0's.
constexpr uint32_t pins_alternate = 0x420, pins_digital = 0x51c;
constexpr uint32_t uart0_pins = 3u << 0;

volatile uint32_t &control(uint32_t offset)
{
    return *reinterpret_cast<volatile uint32_t *>(BOARD_SYSTEM_CONTROL_BASE + offset);
}

volatile uint32_t &pins_a(uint32_t offset)
{
    return *reinterpret_cast<volatile uint32_t *>(BOARD_PINS_A_BASE + offset);
}

void switch_on(uint32_t gate, uint32_t which)
{
    control(gate) = control(gate) | which;
    for (int i = 0; i < 3; i++) { // a peripheral may be used three clocks later
        (void)uint32_t(control(gate));
    }
}

} // namespace

void start_chip()
{
    uint32_t clock = (control(run_mode_clock) | bypass_pll) & ~(use_divider | main_oscillator_off);
    control(run_mode_clock) = clock;
    clock = (clock & ~(source_mask | crystal_mask | pll_off)) | crystal_code() << crystal_shift;
    control(run_mode_clock) = clock;
    for (int i = 0; i < lock_tries && !(control(raw_interrupts) & pll_locked); i++) {
    }
    clock = (clock & ~divider_mask) | (pll_hz / BOARD_CLOCK_HZ - 1) << divider_shift | use_divider;
    control(run_mode_clock) = clock;
    control(run_mode_clock) = clock & ~bypass_pll;

    switch_on(clock_gate0, gate_watchdog);
    switch_on(clock_gate1, gate_uart0);
#ifdef BOARD_ETHERNET_BASE
    switch_on(clock_gate2, gate_pins_a | gate_mac | gate_phy);
#else
    switch_on(clock_gate2, gate_pins_a);
#endif
    pins_a(pins_alternate) = pins_a(pins_alternate) | uart0_pins;
    pins_a(pins_digital) = pins_a(pins_digital) | uart0_pins;
}

UserRegisters user_registers()
{
    return {control(user0), control(user1)};
}

} // namespace stellaris
} // namespace tlsbench
