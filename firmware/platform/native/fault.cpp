/* The end of the process: the report that a board would print, and in the process's own output all that a sanitizer
   has to say. */
#include "platform/fault.h"

#include "drivers/serial.h"
#include "rtos/kernel/scheduler.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

extern "C" {
/// The sanitizers': what to call right before they end the process.
void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));
}

namespace tlsbench {

namespace {

// The line has the report: whoever reads it knows, and need not be told by whoever waits for the process to end.
constexpr int status_of_fault = 70;

// Straight to the line: whoever holds the console's lock may never give it back.
void print_report(const char *kind, const char *reason)
{
    static char text[512];
    const kernel::Tcb *thread = kernel::current;
    const int length =
        snprintf(text, sizeof text, "\n++ tlsbench fault ++\nkind: %s\nthread: %s\nreason: %s\n-- tlsbench fault --\n",
                 kind, thread && thread->name ? thread->name : "?", reason);
    const size_t room = sizeof text - 1;
    serial_write_polled(reinterpret_cast<const uint8_t *>(text), size_t(length) < room ? size_t(length) : room);
}

[[noreturn]] void end()
{
    _exit(status_of_fault);
}

} // namespace

void fault(const char *kind, const char *reason)
{
    print_report(kind, reason);
    end();
}

} // namespace tlsbench

extern "C" {

/// The sanitizers call this with the last line of a report: what is wrong, where, in which function.
void __sanitizer_report_error_summary(const char *summary)
{
    fprintf(stderr, "%s\n", summary);
    static const char head[] = "SUMMARY: ";
    tlsbench::print_report("sanitizer",
                           strncmp(summary, head, sizeof head - 1) == 0 ? summary + sizeof head - 1 : summary);
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(tlsbench::end);
    }
}

/// The options that hold unless the environment says otherwise. A signal that a board's core would take for a fault is
/// one here.
const char *__asan_default_options()
{
    return "detect_leaks=1:detect_stack_use_after_return=1:handle_abort=1:handle_sigill=1:allocator_may_return_null=1";
}

const char *__tsan_default_options()
{
    return "halt_on_error=1:second_deadlock_stack=1";
}

const char *__ubsan_default_options()
{
    return "print_stacktrace=1:print_summary=1";
}
}
