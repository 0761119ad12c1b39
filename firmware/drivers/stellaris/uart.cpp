/* The UART of a Stellaris microcontroller, of the PL011's family: 16 bytes of buffer either way, one interrupt
   (LM3S6965 data sheet, chapter 12). */
#include "drivers/uart.h"

#include "board_config.h"
#include "drivers/serial.h"
#include "platform/irq.h"

namespace tlsbench {

namespace {

struct Registers {
    volatile uint32_t data, status, reserved[4], flags, reserved2[2], baud_whole, baud_64ths, line, control, levels,
        interrupt_mask, raw_interrupt, masked_interrupt, interrupt_clear;
};

constexpr uint32_t overrun = 1 << 11;                                         // data: bytes were lost before this one
constexpr uint32_t rx_empty = 1 << 4, tx_full = 1 << 5;                       // flags
constexpr uint32_t eight_bits = 3 << 5, buffers_on = 1 << 4;                  // line
constexpr uint32_t uart_on = 1 << 0, tx_on = 1 << 8, rx_on = 1 << 9;          // control
constexpr uint32_t rx_ready = 1 << 4, tx_ready = 1 << 5, rx_timeout = 1 << 6; // interrupts
constexpr uint32_t baud_64 = (BOARD_CLOCK_HZ * 4ull + BOARD_SERIAL_BAUD / 2) / BOARD_SERIAL_BAUD; // clock / (16 * baud)

Registers &registers()
{
    return *reinterpret_cast<Registers *>(BOARD_UART0_BASE);
}

} // namespace

void uart::start()
{
    registers().control = 0;
    registers().baud_whole = baud_64 / 64;
    registers().baud_64ths = baud_64 % 64;
    registers().line = eight_bits | buffers_on;
    registers().control = uart_on | tx_on | rx_on;
    registers().interrupt_mask = rx_ready | rx_timeout;
    irq_enable(BOARD_UART0_IRQ);
}

// The interrupt comes when a buffer that was full has drained, so it is asked for only then.
bool uart::give(uint8_t byte)
{
    if (registers().flags & tx_full) {
        registers().interrupt_mask = registers().interrupt_mask | tx_ready;
        return false;
    }
    registers().data = byte;
    return true;
}

bool uart::take(uint8_t &byte)
{
    if (registers().flags & rx_empty) {
        return false;
    }
    const uint32_t data = registers().data;
    byte = uint8_t(data);
    if (data & overrun) {
        serial_overruns = serial_overruns + 1;
    }
    return true;
}

void uart::let_receive(bool on)
{
    const uint32_t mask = registers().interrupt_mask;
    registers().interrupt_mask = on ? mask | rx_ready | rx_timeout : mask & ~(rx_ready | rx_timeout);
}

extern "C" void uart0_irq_handler()
{
    const uint32_t interrupts = registers().masked_interrupt;
    registers().interrupt_clear = interrupts;
    if (interrupts & (rx_ready | rx_timeout)) {
        uart::received();
    }
    if (interrupts & tx_ready && !uart::sent()) {
        registers().interrupt_mask = registers().interrupt_mask & ~tx_ready;
    }
}

} // namespace tlsbench
