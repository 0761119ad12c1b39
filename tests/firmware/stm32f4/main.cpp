/* The drivers of the STM32F4 on a model of the chip: what no emulator shows. */
#include "board_config.h"
#include "by_name.h"
#include "chip.h"
#include "drivers/serial.h"
#include "drivers/stm32f4/clocks.h"
#include "platform/clock.h"
#include "platform/irq.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

using namespace tlsbench;

uint32_t tlsbench::core_mhz = BOARD_CLOCK_HZ / 1'000'000;

void tlsbench::irq_enable(int number)
{
    chip.line_enabled = chip.line_enabled || number == BOARD_UART0_IRQ;
}

void tlsbench::irq_disable(int number)
{
    chip.line_enabled = chip.line_enabled && number != BOARD_UART0_IRQ;
}

namespace {

constexpr uint32_t rcc = 0x4002'3800;

// ---- clocks

bool runs_at(uint32_t hz)
{
    const stm32f4::Clocks &said = stm32f4::clocks();
    return chip.core_hz() == hz && core_mhz == hz / 1'000'000 && said.of(0x4000'4400) == chip.bus_hz(10) &&
           said.of(0x4001'1000) == chip.bus_hz(13);
}

void oscillator_drives_the_core()
{
    chip.oscillator_hz = BOARD_OSCILLATOR_HZ;
    stm32f4::start_clocks();
    REQUIRE(runs_at(BOARD_CLOCK_HZ));
    REQUIRE(chip.registers[rcc + 4] & 1 << 22);
    REQUIRE(!!(chip.registers[rcc] & 1 << 18) == BOARD_OSCILLATOR_EXTERNAL);
}

void without_the_oscillator_the_chips_own_does()
{
    stm32f4::start_clocks();
    REQUIRE(runs_at(BOARD_CLOCK_HZ));
    REQUIRE(!(chip.registers[rcc + 4] & 1 << 22));
}

void without_the_pll_it_goes_on_slowly()
{
    chip.oscillator_hz = BOARD_OSCILLATOR_HZ;
    chip.pll_locks = false;
    stm32f4::start_clocks();
    REQUIRE(runs_at(16'000'000));
}

void what_a_bootloader_set_is_set_anew()
{
    chip.oscillator_hz = BOARD_OSCILLATOR_HZ;
    stm32f4::start_clocks();
    stm32f4::start_clocks();
    REQUIRE(runs_at(BOARD_CLOCK_HZ));
}

void a_pll_that_does_not_stop_is_not_taken_for_the_next_one()
{
    chip.oscillator_hz = BOARD_OSCILLATOR_HZ;
    stm32f4::start_clocks();
    chip.pll_stops_us = 1e9;
    stm32f4::start_clocks();
    REQUIRE(runs_at(16'000'000));
}

void cycles_are_counted_in_sleep_too()
{
    stm32f4::start_clocks();
    REQUIRE(chip.registers[0xE004'2004] & 1); // DBG_SLEEP, section 38.16.3
}

void without_clocks_nothing_is_set()
{
    chip.has_clocks = false;
    const auto before = chip.registers;
    stm32f4::start_clocks();
    REQUIRE(chip.registers[rcc] == before.at(rcc) && chip.registers[rcc + 8] == 0);
    REQUIRE(runs_at(BOARD_CLOCK_HZ));
}

void a_peripheral_is_enabled_by_its_bit()
{
    const struct {
        uint32_t address, offset, bit; // section 7.3.10 and on
    } known[] = {
        {0x4000'0000, 0x40, 0},  {0x4000'0C00, 0x40, 3}, {0x4000'4400, 0x40, 17}, {0x4000'4800, 0x40, 18},
        {0x4000'5000, 0x40, 20}, {0x4001'1000, 0x44, 4}, {0x4001'1400, 0x44, 5},  {0x4002'0000, 0x30, 0},
        {0x4002'0C00, 0x30, 3},  {0x5006'0800, 0x34, 6},
    };
    for (const auto &one : known) {
        chip.registers.clear();
        stm32f4::enable(one.address);
        REQUIRE(chip.registers[rcc + one.offset] == 1u << one.bit);
    }
}

void a_pin_gets_its_function()
{
    constexpr uint32_t port = 0x4002'0C00; // D
    chip.registers[port] = chip.registers[port + 0x24] = 0xFFFF'FFFF;
    stm32f4::connect_pin(3 * 16 + 9, 7);
    REQUIRE(chip.registers[port] == 0xFFFB'FFFF && chip.registers[port + 0x24] == 0xFFFF'FF7F);
    REQUIRE(chip.registers[port + 0x08] == 2u << 18 && chip.registers[port + 0x0C] == 1u << 18);
    stm32f4::connect_pin(3 * 16 + 2, 5);
    REQUIRE(chip.registers[port + 0x20] == 5u << 8);
}

// ---- the clock

void expect_clock(double tolerance, double step_us, int steps)
{
    clock_start();
    const double start = chip.now_us;
    const uint64_t first = uptime_us();
    for (int i = 0; i < steps; i++) {
        chip.now_us += step_us;
        const double passed = chip.now_us - start, told = double(uptime_us() - first);
        REQUIRE(std::fabs(told - passed) <= 3 + passed * tolerance);
    }
}

void clock_is_exact_by_the_clock_tree()
{
    chip.oscillator_hz = BOARD_OSCILLATOR_HZ;
    expect_clock(0, 333'333.3, 3000);
}

void clock_is_right_at_the_low_speed()
{
    chip.pll_locks = false;
    expect_clock(0, 333'333.3, 3000);
}

void clock_is_right_whatever_an_emulators_timer_does()
{
    chip.has_clocks = false;
    for (const uint32_t hz : std::initializer_list<uint32_t>{1'000'000'000, 168'000'000, 48'000'000, 10'000'000}) {
        chip.timer_hz = hz;
        expect_clock(0.001, 333'333.3, 30);
    }
}

void clock_is_right_when_the_emulator_is_held_up_while_it_is_measured()
{
    chip.has_clocks = false;
    chip.timer_hz = 1'000'000'000;
    chip.held_up_at_us = 5'000;
    expect_clock(0.001, 333'333.3, 30);
    REQUIRE(chip.held_up_at_us == 0);
}

void clock_goes_on_over_wraps()
{
    chip.has_clocks = false;
    chip.timer_hz = 1'000'000'000; // wraps each 361 s
    expect_clock(0.001, 100'000'000, 100);
}

// ---- the serial line

double baud()
{
    return double(chip.bus_hz(BOARD_UART0_BASE >= 0x4001'0000 ? 13 : 10)) / chip.registers[BOARD_UART0_BASE + 8];
}

void serial_line_has_its_speed()
{
    chip.oscillator_hz = BOARD_OSCILLATOR_HZ;
    stm32f4::start_clocks();
    serial_init();
    REQUIRE(std::fabs(baud() / BOARD_SERIAL_BAUD - 1) < 0.01);
    chip = Chip();
    chip.pll_locks = false;
    stm32f4::start_clocks();
    serial_init();
    REQUIRE(std::fabs(baud() / BOARD_SERIAL_BAUD - 1) < 0.01);
}

size_t read_all(uint8_t (&out)[2000])
{
    size_t count = 0;
    while (const size_t got = serial_read(out + count, std::min<size_t>(100, sizeof out - count),
                                          rtos::Kernel::Clock::duration_u32(0))) {
        count += got;
        chip.wait();
    }
    return count;
}

void bytes_go_out_one_interrupt_after_the_other()
{
    serial_init();
    const char text[] = "a block, and another";
    serial_write(reinterpret_cast<const uint8_t *>(text), 7);
    serial_write(reinterpret_cast<const uint8_t *>(text + 7), sizeof text - 8);
    REQUIRE(chip.sent == text);
    REQUIRE(chip.interrupts >= 10);
    const int until_now = chip.interrupts;
    chip.wait();
    REQUIRE(chip.interrupts == until_now); // nothing is left to tell of
}

void bytes_that_nobody_takes_are_lost_and_told()
{
    uint8_t out[2000];
    serial_init();
    for (int i = 0; i < 600; i++) {
        chip.deliver(uint8_t(i));
    }
    REQUIRE(serial_overruns == 0);                                // not yet known
    serial_write(reinterpret_cast<const uint8_t *>("answer"), 6); // goes out all the same
    REQUIRE(chip.sent == "answer");
    REQUIRE(read_all(out) == MBED_CONF_DRIVERS_UART_SERIAL_RXBUF_SIZE + 1);
    for (uint32_t i = 0; i <= MBED_CONF_DRIVERS_UART_SERIAL_RXBUF_SIZE; i++) {
        REQUIRE(out[i] == uint8_t(i));
    }
    REQUIRE(serial_overruns == 1);
    chip.deliver('x');
    REQUIRE(read_all(out) == 1 && out[0] == 'x' && serial_overruns == 1);
}

void sending_does_not_wait_for_a_look_while_nobody_reads()
{
    chip.flags_fall_late = true;
    serial_init();
    for (int i = 0; i < 600; i++) { // more than there is room for: receiving is held back
        chip.deliver(uint8_t(i));
    }
    for (int block = 0; block < 3; block++) {
        const int before = chip.interrupts;
        serial_write(reinterpret_cast<const uint8_t *>("an answer"), 9);
        REQUIRE(chip.interrupts - before >= 8); // the first byte needs none
    }
    REQUIRE(chip.sent == "an answeran answeran answer");
}

void a_sender_that_waits_loses_nothing()
{
    chip.line_stays_up = true; // as QEMU has it, whose senders wait
    serial_init();
    for (int i = 0; i < 3000; i++) {
        chip.incoming += char(i * 7);
    }
    for (int i = 0; i < 100; i++) {
        chip.wait();
    }
    REQUIRE(!chip.incoming.empty()); // nobody has read
    serial_write(reinterpret_cast<const uint8_t *>("answer"), 6);
    REQUIRE(chip.sent == "answer");
    uint8_t out[100];
    int count = 0;
    while (const size_t got = serial_read(out, sizeof out, rtos::Kernel::Clock::duration_u32(0))) {
        for (size_t i = 0; i < got; i++, count++) {
            REQUIRE(out[i] == uint8_t(count * 7));
        }
    }
    REQUIRE(count == 3000 && serial_overruns == 0);
}

const NamedCheck checks[] = {
    CHECK(oscillator_drives_the_core),
    CHECK(without_the_oscillator_the_chips_own_does),
    CHECK(without_the_pll_it_goes_on_slowly),
    CHECK(what_a_bootloader_set_is_set_anew),
    CHECK(a_pll_that_does_not_stop_is_not_taken_for_the_next_one),
    CHECK(cycles_are_counted_in_sleep_too),
    CHECK(without_clocks_nothing_is_set),
    CHECK(a_peripheral_is_enabled_by_its_bit),
    CHECK(a_pin_gets_its_function),
    CHECK(clock_is_exact_by_the_clock_tree),
    CHECK(clock_is_right_at_the_low_speed),
    CHECK(clock_is_right_whatever_an_emulators_timer_does),
    CHECK(clock_is_right_when_the_emulator_is_held_up_while_it_is_measured),
    CHECK(clock_goes_on_over_wraps),
    CHECK(serial_line_has_its_speed),
    CHECK(bytes_go_out_one_interrupt_after_the_other),
    CHECK(bytes_that_nobody_takes_are_lost_and_told),
    CHECK(sending_does_not_wait_for_a_look_while_nobody_reads),
    CHECK(a_sender_that_waits_loses_nothing),
};

} // namespace

int main(int, char **arguments)
{
    return run_by_name(checks, arguments);
}
