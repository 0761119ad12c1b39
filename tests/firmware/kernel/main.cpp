/*
 * The kernel's test image. It takes one command per line on the serial line:
 *   checks          run all checks: one "check <name>: ok|absent: <what it needs>|FAILED ..." line each, then "done"
 *   fault <name>    end with that fault, or say "fault <name>: absent: <what it needs>"
 *   listen          be sent 3000 bytes and say what arrived
 *   clock           print the time since power-on, in microseconds
 *   cost            print what a switch and some other things cost, in nanoseconds
 * Made for QEMU's -icount shift=0, where each instruction takes a nanosecond, so that the checks do not depend on how
 * busy the machine is.
 */
#include "check.h"
#include "command.h"
#include "drivers/serial.h"
#include "family.h"
#include "platform/clock.h"
#include "platform/irq.h"
#include "rtos/kernel/startup.h"

Check *Check::first;

Check::Check(const char *name, void (*run)()) : name(name), run(run), next(first)
{
    first = this;
}

namespace {

const Check *running;
bool failed; // or absent
mbed::Callback<void()> interrupt_task;

void run_checks()
{
    for (Check *check = Check::first; check; check = check->next) {
        running = check;
        failed = false;
        check->run();
        if (!failed) {
            printf("check %s: ok\n", check->name);
        }
    }
    printf("done\n");
}

// More than the driver buffers, and nobody reads for a while.
void listen()
{
    constexpr uint32_t total = 3000;
    printf("send %lu bytes\n", total);
    ThisThread::sleep_for(200ms);
    uint32_t count = 0, wrong = 0;
    uint8_t bytes[100];
    while (count < total) {
        const size_t got = tlsbench::serial_read(bytes, sizeof bytes, 5s);
        if (!got) {
            break;
        }
        for (size_t i = 0; i < got; i++, count++) {
            wrong += bytes[i] != uint8_t(count % 251);
        }
    }
    printf("%lu bytes, %lu of them wrong, %u more\n", count, wrong, tlsbench::serial_read(bytes, 1, 5ms));
}

void read_line(char *line, size_t size)
{
    size_t length = 0;
    for (;;) {
        uint8_t c;
        if (tlsbench::serial_read(&c, 1, Kernel::wait_for_u32_forever) && c == '\n') {
            line[length] = 0;
            return;
        }
        if (length < size - 1) {
            line[length++] = char(c);
        }
    }
}

} // namespace

// The checks run in it, which a board whose agent's main() does next to nothing has no stack for.
namespace tlsbench {
alignas(32) __attribute__((section(".bss.stack.main"))) unsigned char main_stack[2048];
const uint32_t main_stack_bytes = sizeof main_stack;
} // namespace tlsbench

alignas(32) __attribute__((section(".bss.stack.a"))) unsigned char stack_a[1024];
alignas(32) __attribute__((section(".bss.stack.b"))) unsigned char stack_b[1024];
alignas(32) __attribute__((section(".bss.stack.c"))) unsigned char stack_c[1024];

void check_failed(const char *file, int line, const char *what)
{
    if (!failed) {
        failed = true;
        printf("check %s: FAILED %s:%d: %s\n", running->name, file, line, what);
    }
}

void check_absent(const char *what)
{
    failed = true;
    printf("check %s: absent: %s\n", running->name, what);
}

void spare_interrupt()
{
    interrupt_task();
}

void raise_interrupt(int number)
{
    tlsbench::irq_enable(number);
    tlsbench::irq_pend(number);
}

void in_interrupt(mbed::Callback<void()> function)
{
    interrupt_task = function;
    raise_interrupt(spare_irq);
}

int main()
{
    printf("kernel test ready\n");
    for (;;) {
        char line[64];
        read_line(line, sizeof line);
        if (strcmp(line, "checks") == 0) {
            run_checks();
        } else if (strcmp(line, "listen") == 0) {
            listen();
        } else if (strcmp(line, "clock") == 0) {
            printf("%llu us\n", tlsbench::uptime_us());
        } else if (strcmp(line, "cost") == 0) {
            print_costs();
        } else if (strncmp(line, "fault ", 6) != 0 || !provoke(line + 6)) {
            printf("unknown command: %s\n", line);
        }
    }
}
