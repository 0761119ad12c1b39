/* The serial line, on a USART of an STM32F4 (RM0090, section 30): one byte of buffer in, one byte out, one interrupt
   for both. */
#include "board_config.h"
#include "drivers/serial.h"
#include "drivers/stm32f4/clocks.h"
#include "platform/irq.h"
#include "rtos/Mutex.h"
#include "rtos/Semaphore.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::Masked;
using kernel::reg;

namespace {

constexpr uint32_t status = BOARD_UART0_BASE, data = BOARD_UART0_BASE + 4, baud = BOARD_UART0_BASE + 8,
                   control = BOARD_UART0_BASE + 12;
constexpr uint32_t overrun = 1 << 3, received = 1 << 5, sendable = 1 << 7;           // status
constexpr uint32_t rx_on = 1 << 2, tx_on = 1 << 3, rx_int = 1 << 5, tx_int = 1 << 7; // control
constexpr uint32_t usart_on = 1 << 13;

// Received bytes that nobody has read. Indices run freely; their difference is the fill.
struct {
    uint8_t bytes[MBED_CONF_DRIVERS_UART_SERIAL_RXBUF_SIZE];
    uint32_t in, out;
} rx;
static_assert((sizeof rx.bytes & (sizeof rx.bytes - 1)) == 0, "free-running indices need a power of two");
rtos::Semaphore rx_arrived(0, 1);

// The block that is going out, straight from its owner's memory.
const uint8_t *volatile tx_next;
volatile size_t tx_left;
rtos::Semaphore tx_finished(0, 1);
rtos::Mutex tx_lock;

void send_what_fits()
{
    while (tx_left && reg(status) & sendable) {
        reg(data) = *tx_next;
        tx_next = tx_next + 1;
        tx_left = tx_left - 1;
    }
    reg(control) = tx_left ? reg(control) | tx_int : reg(control) & ~tx_int;
}

// The semaphore only says when to look again.
void wait_until_sent()
{
    while (tx_left) {
        tx_finished.acquire();
    }
}

// What does not fit stays in the USART until serial_read() has made room. A sender that cannot be held up goes on, and
// what it sends meanwhile is lost: that is told with the next byte that is there.
bool take_received()
{
    bool arrived = false;
    for (;;) {
        const uint32_t found = reg(status);
        if (!(found & (received | overrun))) {
            return arrived;
        }
        if (rx.in - rx.out == sizeof rx.bytes) {
            reg(control) &= ~rx_int;
            return arrived;
        }
        const uint8_t byte = uint8_t(reg(data)); // clears both flags
        if (found & overrun) {
            serial_overruns = serial_overruns + 1;
        }
        if (found & received) {
            rx.bytes[rx.in++ % sizeof rx.bytes] = byte;
            arrived = true;
        }
    }
}

} // namespace

void serial_init()
{
    stm32f4::enable(BOARD_UART0_BASE);
#ifdef BOARD_UART0_TX_PIN
    stm32f4::connect_pin(BOARD_UART0_TX_PIN, BOARD_UART0_TX_FUNCTION);
    stm32f4::connect_pin(BOARD_UART0_RX_PIN, BOARD_UART0_RX_FUNCTION);
#endif
    const uint32_t hz = stm32f4::clocks().of(BOARD_UART0_BASE);
    reg(baud) = (hz + BOARD_SERIAL_BAUD / 2) / BOARD_SERIAL_BAUD; // sixteenths of a sixteenth of a bit
    reg(control) = usart_on | tx_on | rx_on | rx_int;
    // Drops a byte from before the reset, and what it may have overrun.
    [[maybe_unused]] uint32_t dropped = reg(status);
    dropped = reg(data);
    irq_enable(BOARD_UART0_IRQ);
}

void serial_lock()
{
    tx_lock.lock();
}

void serial_unlock()
{
    tx_lock.unlock();
}

void serial_write(const uint8_t *buf, size_t len)
{
    tx_lock.lock();
    wait_until_sent(); // the last writer may have been terminated in the middle
    {
        Masked masked;
        tx_next = buf;
        tx_left = len;
        send_what_fits();
    }
    wait_until_sent();
    tx_lock.unlock();
}

void serial_write_polled(const uint8_t *buf, size_t len)
{
    Masked masked;
    while (tx_left) { // a block that was cut short would swallow what follows
        send_what_fits();
    }
    for (; len; len--) {
        while (!(reg(status) & sendable)) {
        }
        reg(data) = *buf++;
    }
}

extern "C" void uart0_irq_handler()
{
    Masked masked;
    if (!(reg(control) & (rx_int | tx_int))) {
        // Nothing was asked for. QEMU (7.2) lets go of the line only when the byte is read, and so the interrupt would
        // come for ever. On silicon it does not come, and goes on telling when the next byte can be sent.
        irq_disable(BOARD_UART0_IRQ);
        return;
    }
    if (reg(control) & rx_int && take_received()) {
        rx_arrived.release();
    }
    if (tx_left) {
        send_what_fits();
        if (!tx_left) {
            tx_finished.release();
        }
    }
}

size_t serial_read(uint8_t *buf, size_t max, rtos::Kernel::Clock::duration_u32 timeout)
{
    for (;;) {
        size_t count = 0;
        {
            Masked masked;
            const bool was_full = rx.in - rx.out == sizeof rx.bytes;
            while (count < max && rx.out != rx.in) {
                buf[count++] = rx.bytes[rx.out++ % sizeof rx.bytes];
            }
            if (was_full && count) {
                reg(control) |= rx_int; // the byte that waits there interrupts at once
                irq_enable(BOARD_UART0_IRQ);
            }
        }
        // A token may be left of bytes that were read before: then it takes a second look.
        if (count || !rx_arrived.try_acquire_for(timeout)) {
            return count;
        }
    }
}

} // namespace tlsbench
