/*
 * The kernel's test image. It takes one command per line on the serial line:
 *   checks          run all checks: one "check <name>: ok|FAILED ..." line each, then "done"
 *   fault <name>    end with that fault
 *   cost            print what a switch and some other things cost, in instructions if the emulator counts time so
 */
#include "check.h"
#include "command.h"
#include "drivers/serial.h"
#include "platform/irq.h"

#include "board_config.h"

Check *Check::first;

Check::Check(const char *name, void (*run)()) : name(name), run(run), next(first)
{
    first = this;
}

namespace {

const Check *running;
bool failed;
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

void check_failed(const char *file, int line, const char *what)
{
    if (!failed) {
        failed = true;
        printf("check %s: FAILED %s:%d: %s\n", running->name, file, line, what);
    }
}

// The test image has no Ethernet driver, so that interrupt is free.
extern "C" void ethernet_irq_handler()
{
    interrupt_task();
}

void raise_interrupt(int number)
{
    tlsbench::irq_enable(number);
    volatile uint32_t *set_pending = reinterpret_cast<volatile uint32_t *>(0xE000E200);
    set_pending[number / 32] = 1u << number % 32;
    asm volatile("dsb\n isb");
}

void in_interrupt(mbed::Callback<void()> function)
{
    interrupt_task = function;
    raise_interrupt(BOARD_ETHERNET_IRQ);
}

int main()
{
    printf("kernel test ready\n");
    for (;;) {
        char line[64];
        read_line(line, sizeof line);
        if (strcmp(line, "checks") == 0) {
            run_checks();
        } else if (strcmp(line, "cost") == 0) {
            print_costs();
        } else if (strncmp(line, "fault ", 6) != 0 || !provoke(line + 6)) {
            printf("unknown command: %s\n", line);
        }
    }
}
