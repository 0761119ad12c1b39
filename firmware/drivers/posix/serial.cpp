/* The serial line: the process's standard input and output. The line's lock is that of stdout, so that printf() and
   frames never mix. The line's end is the end of power; then sanitizers have their say of what was left behind. */
#include "drivers/serial.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <poll.h>
#include <unistd.h>

extern "C" {
/// The sanitizers': report blocks that nobody can reach any more; whether there are any.
int __lsan_do_recoverable_leak_check() __attribute__((weak));
/// gcov's: write the counts.
void __gcov_dump() __attribute__((weak));
}

namespace tlsbench {

namespace {

constexpr int status_of_leak = 71;

std::atomic<bool> is_unplugged{false};

[[noreturn]] void unplugged()
{
    if (is_unplugged.exchange(true)) {
        for (;;) {
            pause(); // another thread ends the process
        }
    }
    const bool leaks = __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check();
    if (__gcov_dump) {
        __gcov_dump();
    }
    _exit(leaks ? status_of_leak : 0);
}

void write_all(const uint8_t *buf, size_t len)
{
    while (len) {
        const ssize_t written = write(STDOUT_FILENO, buf, len);
        if (written > 0) {
            buf += written;
            len -= size_t(written);
        } else if (errno == EAGAIN) {
            pollfd line = {STDOUT_FILENO, POLLOUT, 0};
            poll(&line, 1, -1);
        } else if (errno != EINTR) {
            if (is_unplugged) {
                return; // a report about what was left behind: nobody listens any more
            }
            unplugged();
        }
    }
}

} // namespace

void serial_init()
{
    static char lines[1024];  // of printf(), which the C library would take from the heap
    signal(SIGPIPE, SIG_IGN); // the line's end ends the process in its own way
    setvbuf(stdout, lines, _IOLBF, sizeof lines);
}

size_t serial_read(uint8_t *buf, size_t max, rtos::Kernel::Clock::duration_u32 timeout)
{
    pollfd line = {STDIN_FILENO, POLLIN, 0};
    const int wait_ms = timeout.count() > INT32_MAX ? -1 : int(timeout.count());
    if (poll(&line, 1, wait_ms) <= 0) {
        return 0;
    }
    const ssize_t count = read(STDIN_FILENO, buf, max);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        unplugged();
    }
    return count > 0 ? size_t(count) : 0;
}

void serial_lock()
{
    flockfile(stdout);
}

void serial_unlock()
{
    funlockfile(stdout);
}

void serial_write(const uint8_t *buf, size_t len)
{
    serial_lock();
    fflush(stdout);
    write_all(buf, len);
    serial_unlock();
}

void serial_write_polled(const uint8_t *buf, size_t len)
{
    write_all(buf, len);
}

} // namespace tlsbench
