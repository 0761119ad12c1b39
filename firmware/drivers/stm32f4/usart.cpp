/* A USART of an STM32F4 (RM0090, section 30): one byte of buffer in, one byte out, one interrupt for both. */
#include "board_config.h"
#include "drivers/serial.h"
#include "drivers/stm32f4/clocks.h"
#include "drivers/uart.h"
#include "platform/irq.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::Masked;
using kernel::reg;

namespace {

constexpr uint32_t status = BOARD_UART0_BASE, data = BOARD_UART0_BASE + 4, baud = BOARD_UART0_BASE + 8,
                   control = BOARD_UART0_BASE + 12;
constexpr uint32_t overrun = 1 << 3, byte_there = 1 << 5, room = 1 << 7;             // status
constexpr uint32_t rx_on = 1 << 2, tx_on = 1 << 3, rx_int = 1 << 5, tx_int = 1 << 7; // control
constexpr uint32_t usart_on = 1 << 13;

} // namespace

void uart::start()
{
    stm32f4::enable(BOARD_UART0_BASE);
#ifdef BOARD_UART0_TX_PIN
    stm32f4::connect_pin(BOARD_UART0_TX_PIN, BOARD_UART0_TX_FUNCTION);
    stm32f4::connect_pin(BOARD_UART0_RX_PIN, BOARD_UART0_RX_FUNCTION);
#endif
    const uint32_t hz = stm32f4::clocks().of(BOARD_UART0_BASE);
    reg(baud) = (hz + BOARD_SERIAL_BAUD / 2) / BOARD_SERIAL_BAUD; // in sixteenths of the divider
    reg(control) = usart_on | tx_on | rx_on | rx_int;
    // Drops what came before the reset, and what it may have overrun.
    while (reg(status) & (byte_there | overrun)) {
        [[maybe_unused]] const uint32_t dropped = reg(data);
    }
    irq_enable(BOARD_UART0_IRQ);
}

bool uart::give(uint8_t byte)
{
    if (!(reg(status) & room)) {
        reg(control) |= tx_int;
        irq_enable(BOARD_UART0_IRQ); // the handler may have switched it off
        return false;
    }
    reg(data) = byte;
    return true;
}

// What is not taken stays in the USART. A sender that cannot be held up goes on, and what it sends meanwhile is lost:
// that is told with the next byte that is there.
// A byte that is there at once when the one before is read interrupts anew on silicon, but not in QEMU (7.2): whoever
// takes bytes goes on until there are none.
bool uart::take(uint8_t &byte)
{
    const uint32_t state = reg(status);
    if (!(state & (byte_there | overrun))) {
        return false;
    }
    byte = uint8_t(reg(data)); // clears both
    if (state & overrun) {
        serial_overruns = serial_overruns + 1;
    }
    return state & byte_there;
}

void uart::let_receive(bool on)
{
    if (!on) {
        reg(control) &= ~rx_int;
        return;
    }
    reg(control) |= rx_int;
    irq_enable(BOARD_UART0_IRQ);
    uart::received(); // what came while it was held back: QEMU (7.2) does not tell of it any more
}

extern "C" void uart0_irq_handler()
{
    Masked masked;
    const uint32_t wanted = reg(control) & (rx_int | tx_int);
    if (!wanted) {
        // QEMU (7.2) lets go of the interrupt only when the byte is read, and so it would come for ever. On silicon it
        // comes once more at most, when what it told of ends with the handler's last write. Who wants it again switches
        // it on.
        irq_disable(BOARD_UART0_IRQ);
    }
    if (wanted & rx_int) {
        uart::received();
    }
    if (wanted & tx_int && !uart::sent()) {
        reg(control) &= ~tx_int;
    }
}

} // namespace tlsbench
