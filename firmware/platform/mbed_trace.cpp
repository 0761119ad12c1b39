#include "platform/mbed_trace.h"

#include "drivers/serial.h"

#include <cstdarg>
#include <cstdio>

extern "C" {

int mbed_trace_init()
{
    return 0;
}

void mbed_trace_free() {}

void mbed_tracef(uint8_t level, const char *group, const char *format, ...)
{
    const char *name = level >= TRACE_LEVEL_DEBUG  ? "DBG "
                       : level >= TRACE_LEVEL_INFO ? "INFO"
                       : level >= TRACE_LEVEL_WARN ? "WARN"
                                                   : "ERR ";
    tlsbench::serial_lock();
    printf("[%s][%-4s]: ", name, group);
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    tlsbench::serial_unlock();
}
}
