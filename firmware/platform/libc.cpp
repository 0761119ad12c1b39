/* What newlib and the C++ run-time ask of the system. */
#include "drivers/serial.h"
#include "platform/fault.h"
#include "platform/mbed_assert.h"
#include "platform/mbed_rtc_time.h"
#include "rtos/Mutex.h"

#include <cerrno>
#include <sys/time.h>

using namespace tlsbench;

namespace {

rtos::Mutex static_initialisation;

} // namespace

extern "C" {

int _gettimeofday(timeval *out, void *)
{
    const uint64_t now = wall_clock_us();
    out->tv_sec = time_t(now / 1'000'000);
    out->tv_usec = suseconds_t(now % 1'000'000);
    return 0;
}

// Objects with static storage live for ever: there is no exit to destroy them at.
int __aeabi_atexit(void *, void (*)(void *), void *)
{
    return 0;
}

int __cxa_atexit(void (*)(void *), void *, void *)
{
    return 0;
}

int atexit(void (*)())
{
    return 0;
}

void *__dso_handle;

void __cxa_pure_virtual()
{
    fault("assert", "a pure virtual function was called");
}

// A local static variable: the first byte of its guard says that it is initialised (Arm C++ ABI, section 3.2.3).
int __cxa_guard_acquire(uint32_t *guard)
{
    if (*guard & 1) {
        return 0;
    }
    static_initialisation.lock();
    if (*guard & 1) {
        static_initialisation.unlock();
        return 0;
    }
    return 1;
}

void __cxa_guard_release(uint32_t *guard)
{
    *guard = 1;
    static_initialisation.unlock();
}

void _exit(int)
{
    fault("exit", "the program called exit() or abort()");
}

void exit(int status)
{
    _exit(status);
}

void abort()
{
    _exit(1);
}

void __assert_func(const char *file, int line, const char *, const char *expression)
{
    mbed_assert_internal(expression, file, line);
}

int _write(int, const char *text, int length)
{
    serial_write(reinterpret_cast<const uint8_t *>(text), size_t(length));
    return length;
}
}
