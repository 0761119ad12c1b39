/* The ways in which the firmware itself gives up: each is a fault. */
#include "platform/mbed_error.h"

#include "platform/fault.h"
#include "platform/mbed_assert.h"

#include <cstdarg>
#include <cstdio>

extern "C" {

void mbed_assert_internal(const char *expr, const char *file, int line)
{
    static char reason[160];
    snprintf(reason, sizeof reason, "%s, file: %s, line %d", expr, file, line);
    tlsbench::fault("assert", reason);
}

void error(const char *format, ...)
{
    static char reason[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    tlsbench::fault("error", reason);
}
}
