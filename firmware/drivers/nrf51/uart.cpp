/* The UART of an nRF51 (reference manual, section 29): six bytes of buffer in, none out, one interrupt. */
#include "drivers/uart.h"

#include "board_config.h"
#include "drivers/nrf51/peripheral.h"
#include "drivers/serial.h"
#include "platform/clock.h"
#include "platform/irq.h"

namespace tlsbench {

using kernel::reg;
using namespace nrf51;

namespace {

constexpr uint32_t base = BOARD_UART0_BASE;
constexpr uint32_t start_receive = base + 0x000, start_send = base + 0x008;
constexpr uint32_t receive_ready = base + 0x108, send_ready = base + 0x11C;
constexpr uint32_t receive_interrupt = 1 << 2, send_interrupt = 1 << 7;
constexpr uint32_t errors = base + 0x480, overrun = 1 << 0;
constexpr uint32_t enable = base + 0x500, send_pin = base + 0x50C, receive_pin = base + 0x514;
constexpr uint32_t receive_data = base + 0x518, send_data = base + 0x51C, baud_rate = base + 0x524;
constexpr uint32_t enabled = 4;

// Bauds per 16 MHz, of 32 bits of which the upper 20 count.
constexpr uint32_t rate = (((uint64_t(BOARD_SERIAL_BAUD) << 32) / 16'000'000) + 0x800) & ~0xFFFu;
static_assert(BOARD_SERIAL_BAUD <= 1'000'000, "serial.baud: the UART's fastest is 1,000,000");

constexpr uint32_t pin_set = BOARD_GPIO_BASE + 0x508;
constexpr uint32_t pin_output = 3, pin_input = 0; // that no input listens to; that one does

constexpr uint32_t pin_configuration(uint32_t pin)
{
    return BOARD_GPIO_BASE + 0x700 + 4 * pin;
}

bool sending;

} // namespace

void uart::start()
{
    reg(pin_set) = 1u << BOARD_UART0_TX_PIN; // a line is high while nobody sends
    reg(pin_configuration(BOARD_UART0_TX_PIN)) = pin_output;
    reg(pin_configuration(BOARD_UART0_RX_PIN)) = pin_input;
    reg(send_pin) = BOARD_UART0_TX_PIN;
    reg(receive_pin) = BOARD_UART0_RX_PIN;
    reg(baud_rate) = rate;
    reg(enable) = enabled;
    trigger(start_send);
    trigger(start_receive);
    reg(base + interrupt_set) = receive_interrupt | send_interrupt;
    irq_enable(BOARD_UART0_IRQ);
    (void)uptime_us(); // QEMU looks for input now, which it would not do until its next event
}

bool uart::give(uint8_t byte)
{
    if (sending && !happened(send_ready)) {
        return false;
    }
    forget(send_ready);
    sending = true;
    reg(send_data) = byte;
    return true;
}

bool uart::take(uint8_t &byte)
{
    if (!happened(receive_ready)) {
        return false;
    }
    forget(receive_ready); // first: with the byte gone the next one may be ready
    byte = uint8_t(reg(receive_data));
    if (reg(errors) & overrun) {
        reg(errors) = overrun; // written, it is forgotten
        serial_overruns = serial_overruns + 1;
    }
    return true;
}

void uart::let_receive(bool on)
{
    reg(base + (on ? interrupt_set : interrupt_clear)) = receive_interrupt;
}

extern "C" void uart0_irq_handler()
{
    if (happened(send_ready)) {
        forget(send_ready);
        sending = false;
        uart::sent();
    }
    if (happened(receive_ready)) {
        uart::received();
    }
}

} // namespace tlsbench
