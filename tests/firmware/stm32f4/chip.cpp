#include "chip.h"

#include "board_config.h"
#include "rtos/Semaphore.h"
#include "rtos/kernel/port.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

extern "C" void uart0_irq_handler();

Chip chip;

namespace {

constexpr uint32_t mhz = 1'000'000, hsi_hz = 16 * mhz;
constexpr uint32_t rcc_cr = 0x4002'3800, rcc_pllcfgr = rcc_cr + 4, rcc_cfgr = rcc_cr + 8, flash_acr = 0x4002'3C00;
constexpr uint32_t tim_cr1 = BOARD_TIMER0_BASE, tim_egr = tim_cr1 + 0x14, tim_cnt = tim_cr1 + 0x24,
                   tim_psc = tim_cr1 + 0x28;
constexpr uint32_t usart_sr = BOARD_UART0_BASE, usart_dr = usart_sr + 4, usart_brr = usart_sr + 8,
                   usart_cr1 = usart_sr + 12;
constexpr uint32_t systick_control = 0xE000E010, systick_reload = 0xE000E014, systick_value = 0xE000E018;
constexpr uint32_t pll_on = 1 << 24, pll_ready = 1 << 25;
constexpr uint32_t overrun = 1 << 3, byte_there = 1 << 5, sendable = 1 << 7;

void require(bool holds, const char *what)
{
    if (!holds) {
        printf("the chip does not bear this: %s\n", what);
        exit(1);
    }
}

} // namespace

uint32_t chip_read(uint32_t address)
{
    return chip.read(address);
}

void chip_write(uint32_t address, uint32_t value)
{
    chip.write(address, value);
}

void chip_wait()
{
    chip.wait();
}

// ---- clocks

uint32_t Chip::selected() const
{
    const auto found = registers.find(rcc_cfgr);
    return found == registers.end() ? 0 : found->second & 3;
}

uint32_t Chip::pll_hz() const
{
    const uint32_t settings = registers.at(rcc_pllcfgr), source = settings & 1 << 22 ? oscillator_hz : hsi_hz;
    const uint32_t m = settings & 63, n = settings >> 6 & 511, p = 2 * ((settings >> 16 & 3) + 1),
                   q = settings >> 24 & 15;
    require(m >= 2 && source / m >= mhz && source / m <= 2 * mhz, "the PLL compares at 1 to 2 MHz");
    const uint32_t vco = source / m * n;
    require(vco >= 100 * mhz && vco <= 432 * mhz, "the PLL runs at 100 to 432 MHz");
    require(q >= 2 && vco / q <= 48 * mhz, "the RNG gets 48 MHz at most");
    return vco / p;
}

bool Chip::pll_locked() const
{
    return registers.at(rcc_cr) & pll_on && pll_locks && now_us >= pll_on_us + pll_starts_us;
}

uint32_t Chip::core_hz() const
{
    if (!has_clocks) {
        return BOARD_CLOCK_HZ;
    }
    return selected() == 2 ? pll_hz() : selected() == 1 ? oscillator_hz : hsi_hz;
}

uint32_t Chip::bus_hz(int divider_bit) const
{
    if (!has_clocks) {
        return core_hz() / (divider_bit == 10 ? 4 : 2);
    }
    const auto found = registers.find(rcc_cfgr);
    const uint32_t divider = found == registers.end() ? 0 : found->second >> divider_bit & 7;
    return divider < 4 ? core_hz() : core_hz() >> (divider - 3);
}

void Chip::select_clock(uint32_t configuration)
{
    registers[rcc_cfgr] = configuration;
    require(selected() != 2 || pll_locked(), "the PLL that is selected runs");
    const uint32_t acr = registers[flash_acr] & 15;
    require(core_hz() <= (acr + 1) * 30 * mhz, "the flash needs more wait states");
    require(bus_hz(10) <= 42 * mhz && bus_hz(13) <= 84 * mhz, "a bus is too fast");
}

// ---- the timer

double Chip::timer_rate() const
{
    const uint32_t tree = bus_hz(10) == core_hz() ? core_hz() : 2 * bus_hz(10);
    return (timer_hz ? timer_hz : tree) / 1e6 / (prescaler + 1);
}

uint32_t Chip::timer_count() const
{
    return timer_from + uint32_t(uint64_t((now_us - timer_from_us) * timer_rate()));
}

// ---- the USART

uint32_t Chip::serial_status() const
{
    return received | (now_us >= sent_until_us ? sendable : 0);
}

bool Chip::line_up() const
{
    const auto found = registers.find(usart_cr1);
    const uint32_t wanted = found == registers.end() ? 0 : found->second;
    if (line_stays_up) {
        return line_held; // and nothing tells of a byte that can be sent
    }
    return (wanted & byte_there && received) || serial_status() & wanted & sendable;
}

void Chip::deliver(uint8_t next)
{
    if (received & byte_there) {
        received |= overrun;
    } else {
        byte = next;
        received |= byte_there;
    }
    wait();
}

// As soon as there is room, between any two accesses; told of only if it is wanted at that moment.
void Chip::take_incoming()
{
    if (!incoming.empty() && !(received & byte_there)) {
        byte = uint8_t(incoming[0]);
        incoming.erase(0, 1);
        received |= byte_there;
        line_held = registers[usart_cr1] & byte_there;
    }
}

void Chip::wait()
{
    now_us += 10;
    take_incoming();
    for (int times = 0; line_enabled && line_up(); times++) {
        require(times < 1000, "an interrupt that never ends");
        interrupts++;
        uart0_irq_handler();
        if (flags_fall_late && !line_up()) {
            uart0_irq_handler();
        }
    }
}

// ---- registers

double Chip::systick_cycles() const
{
    return (now_us - systick_from_us) * (core_hz() / 1e6);
}

uint32_t Chip::read(uint32_t address)
{
    now_us += 0.05;
    if (held_up_at_us && now_us >= held_up_at_us) {
        held_up_at_us = 0;
        now_us += 150'000;
    }
    take_incoming();
    if (!has_clocks && address >= 0x4002'0000 && address < 0x6000'0000) {
        return 0;
    }
    const uint32_t value = registers[address];
    switch (address) {
        case rcc_cr:
            return value | (value & 1 ? 1 << 1 : 0) | (value & 1 << 16 && oscillator_hz ? 1 << 17 : 0) |
                   (pll_locked() || now_us < pll_off_us + pll_stops_us ? pll_ready : 0);
        case rcc_cfgr: return value | (value & 3) << 2;
        case tim_cnt: return timer_count();
        case usart_sr: return serial_status();
        case usart_dr:
            received = 0;
            line_held = false;
            return byte;
        case systick_value:
            return registers[systick_reload] - uint32_t(std::fmod(systick_cycles(), registers[systick_reload] + 1.0));
        case systick_control: { // COUNTFLAG: since it was read last (Armv7-M, B3.3.3)
            const uint32_t before = systick_wraps;
            systick_wraps = uint32_t(systick_cycles() / (registers[systick_reload] + 1.0));
            return value | uint32_t(systick_wraps != before) << 16;
        }
    }
    return value;
}

void Chip::write(uint32_t address, uint32_t value)
{
    now_us += 0.05;
    take_incoming();
    switch (address) {
        case rcc_cr:
            require(selected() != 2 || value & pll_on, "the PLL is in use");
            if ((registers[rcc_cr] ^ value) & pll_on) {
                (value & pll_on ? pll_on_us : pll_off_us) = now_us;
            }
            require(!(registers[rcc_cr] & 1 << 16) || !((registers[rcc_cr] ^ value) & 1 << 18), "the oscillator is on");
            require(!(value & 1 << 16 & ~registers[rcc_cr]) || !((registers[rcc_cr] ^ value) & 1 << 18),
                    "the oscillator goes on before it is known what it is");
            value &= ~(1u << 1 | 1 << 17 | pll_ready); // which nobody writes
            break;
        case rcc_pllcfgr: require(!(registers[rcc_cr] & pll_on), "the PLL is on"); break;
        case rcc_cfgr: select_clock(value); return;
        case tim_egr:
            timer_from = 0;
            timer_from_us = now_us;
            prescaler = registers[tim_psc];
            return;
        case systick_control:
            systick_from_us = now_us;
            systick_wraps = 0;
            break;
        case usart_dr: {
            require(serial_status() & sendable, "a byte is still going out");
            sent += char(value);
            const uint32_t bus = bus_hz(BOARD_UART0_BASE >= 0x4001'0000 ? 13 : 10);
            sent_until_us = line_stays_up ? 0 : now_us + 10e6 * registers[usart_brr] / bus;
            return;
        }
    }
    registers[address] = value;
}
