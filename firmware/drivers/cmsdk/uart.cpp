/* The CMSDK APB UART: one byte of buffer either way (Cortex-M System Design Kit Technical Reference Manual,
   section 4.3). */
#include "drivers/uart.h"

#include "board_config.h"
#include "drivers/serial.h"
#include "platform/irq.h"

namespace tlsbench {

namespace {

struct Registers {
    volatile uint32_t data, state, control, interrupt, baud_divider;
};

constexpr uint32_t tx_full = 1 << 0, rx_full = 1 << 1, rx_overrun = 1 << 3;          // state
constexpr uint32_t tx_on = 1 << 0, rx_on = 1 << 1, tx_int = 1 << 2, rx_int = 1 << 3; // control
constexpr uint32_t tx_done = 1 << 0, rx_done = 1 << 1;                               // interrupt

Registers &registers()
{
    return *reinterpret_cast<Registers *>(BOARD_UART0_BASE);
}

} // namespace

void uart::start()
{
    registers().baud_divider = BOARD_CLOCK_HZ / BOARD_SERIAL_BAUD;
    registers().control = tx_on | rx_on | tx_int | rx_int;
    // Drops a byte from before the reset. QEMU also looks for new input now, which it would not do until its next
    // event.
    (void)registers().data;
    registers().state = rx_overrun; // forgets what was lost until now
    irq_enable(BOARD_UART0_RX_IRQ);
    irq_enable(BOARD_UART0_TX_IRQ);
}

bool uart::give(uint8_t byte)
{
    if (registers().state & tx_full) {
        return false;
    }
    registers().data = byte;
    return true;
}

bool uart::take(uint8_t &byte)
{
    const uint32_t state = registers().state;
    if (!(state & rx_full)) {
        return false;
    }
    byte = uint8_t(registers().data);
    if (state & rx_overrun) {
        registers().state = rx_overrun; // written, it is forgotten
        serial_overruns = serial_overruns + 1;
    }
    return true;
}

void uart::let_receive(bool on)
{
    on ? irq_enable(BOARD_UART0_RX_IRQ) : irq_disable(BOARD_UART0_RX_IRQ);
}

extern "C" void uart0_tx_irq_handler()
{
    registers().interrupt = tx_done;
    uart::sent();
}

extern "C" void uart0_rx_irq_handler()
{
    registers().interrupt = rx_done;
    uart::received();
}

} // namespace tlsbench
