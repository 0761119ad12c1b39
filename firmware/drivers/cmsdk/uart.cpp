/* The serial line, on the CMSDK APB UART: one byte of buffer either way (Cortex-M System Design Kit Technical Reference
   Manual, section 4.3). */
#include "board_config.h"
#include "drivers/serial.h"
#include "platform/irq.h"
#include "rtos/Mutex.h"
#include "rtos/Semaphore.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::Masked;

namespace {

struct Uart {
    volatile uint32_t data, state, control, interrupt, baud_divider;
};

constexpr uint32_t tx_full = 1 << 0, rx_full = 1 << 1;                               // state
constexpr uint32_t tx_on = 1 << 0, rx_on = 1 << 1, tx_int = 1 << 2, rx_int = 1 << 3; // control
constexpr uint32_t tx_done = 1 << 0, rx_done = 1 << 1;                               // interrupt

Uart &uart()
{
    return *reinterpret_cast<Uart *>(BOARD_UART0_BASE);
}

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
    while (tx_left && !(uart().state & tx_full)) {
        uart().data = *tx_next;
        tx_next = tx_next + 1;
        tx_left = tx_left - 1;
    }
}

// The semaphore only says when to look again.
void wait_until_sent()
{
    while (tx_left) {
        tx_finished.acquire();
    }
}

} // namespace

void serial_init()
{
    uart().baud_divider = BOARD_CLOCK_HZ / BOARD_SERIAL_BAUD;
    uart().control = tx_on | rx_on | tx_int | rx_int;
    // Drops a byte from before the reset. QEMU also looks for new input now, which it would not do until its next
    // event.
    (void)uart().data;
    irq_enable(BOARD_UART0_RX_IRQ);
    irq_enable(BOARD_UART0_TX_IRQ);
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

extern "C" void uart0_tx_irq_handler()
{
    Masked masked;
    uart().interrupt = tx_done;
    if (tx_left) {
        send_what_fits();
        if (!tx_left) {
            tx_finished.release();
        }
    }
}

void serial_write_polled(const uint8_t *buf, size_t len)
{
    Masked masked;
    while (tx_left) { // a block that was cut short would swallow what follows
        send_what_fits();
    }
    for (; len; len--) {
        while (uart().state & tx_full) {
        }
        uart().data = *buf++;
    }
}

// When nobody reads, the byte stays in the UART and its interrupt is off until serial_read() has made room.
extern "C" void uart0_rx_irq_handler()
{
    Masked masked;
    uart().interrupt = rx_done;
    while (uart().state & rx_full) {
        if (rx.in - rx.out == sizeof rx.bytes) {
            irq_disable(BOARD_UART0_RX_IRQ);
            break;
        }
        rx.bytes[rx.in++ % sizeof rx.bytes] = uint8_t(uart().data);
    }
    rx_arrived.release();
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
                uart0_rx_irq_handler();
                irq_enable(BOARD_UART0_RX_IRQ);
            }
        }
        // A token may be left of bytes that were read before: then it takes a second look.
        if (count || !rx_arrived.try_acquire_for(timeout)) {
            return count;
        }
    }
}

} // namespace tlsbench
