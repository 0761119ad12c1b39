/* The serial line, on a UART whose registers the chip family's driver knows (drivers/uart.h). */
#include "drivers/serial.h"

#include "drivers/uart.h"
#include "rtos/Mutex.h"
#include "rtos/Semaphore.h"
#include "rtos/kernel/port.h"

namespace tlsbench {

using kernel::Masked;

namespace {

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
    while (tx_left && uart::give(*tx_next)) {
        tx_next = tx_next + 1;
        tx_left = tx_left - 1;
    }
}

// The semaphore only says when to look again. Not for ever: an emulated UART whose line was full for a while may have
// forgotten to say that it has room.
void wait_until_sent()
{
    while (tx_left) {
        if (!tx_finished.try_acquire_for(std::chrono::milliseconds(10))) {
            Masked masked;
            send_what_fits();
        }
    }
}

} // namespace

void serial_init()
{
    uart::start();
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

bool uart::sent()
{
    Masked masked;
    if (tx_left) {
        send_what_fits();
        if (!tx_left) {
            tx_finished.release();
        }
    }
    return tx_left;
}

void serial_write_polled(const uint8_t *buf, size_t len)
{
    Masked masked;
    while (tx_left) { // a block that was cut short would swallow what follows
        send_what_fits();
    }
    for (; len; len--, buf++) {
        while (!uart::give(*buf)) {
        }
    }
}

// When nobody reads, the byte stays in the UART and its interrupt is held back until serial_read() has made room.
void uart::received()
{
    Masked masked;
    const uint32_t before = rx.in;
    uint8_t byte;
    for (;;) {
        if (rx.in - rx.out == sizeof rx.bytes) {
            uart::let_receive(false);
            break;
        }
        if (!uart::take(byte)) {
            break;
        }
        rx.bytes[rx.in++ % sizeof rx.bytes] = byte;
    }
    if (rx.in != before) {
        rx_arrived.release();
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
                uart::received();
                uart::let_receive(rx.in - rx.out < sizeof rx.bytes);
            }
        }
        // A token may be left of bytes that were read before: then it takes a second look.
        if (count || !rx_arrived.try_acquire_for(timeout)) {
            return count;
        }
    }
}

} // namespace tlsbench
