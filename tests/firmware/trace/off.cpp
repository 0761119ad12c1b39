// Compiled with and without LINES, tracing off: what comes of it must be the same to the byte.
#define TRACE_GROUP "test"
#include "platform/mbed_trace.h"

int work(int value);
int checked(int value);

extern int calls;

int work(int value)
{
#ifdef LINES
    mbed_trace_init();
    mbed_trace_config_set(TRACE_ACTIVE_LEVEL_ALL);
    tr_debug("work(%d) after %d calls", value, ++calls);
    uint8_t bytes[] = {1, 2};
    tr_info("%s", tr_array(bytes, sizeof bytes));
#endif
    int result = checked(value);
#ifdef LINES
    if (result < 0) {
        tr_err("checked(%d): %d", value, result);
    }
    mbed_trace_free();
#endif
    return result;
}
