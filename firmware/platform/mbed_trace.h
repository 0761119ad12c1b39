/* Log lines on the console, with Mbed OS's names. Compiled in by the definition MBED_CONF_MBED_TRACE_ENABLE=1;
   otherwise they cost nothing. Define TRACE_GROUP, four letters by custom, before including. */
#pragma once

#include <stdint.h>

#define TRACE_LEVEL_CMD 0x01
#define TRACE_LEVEL_ERROR 0x02
#define TRACE_LEVEL_WARN 0x04
#define TRACE_LEVEL_INFO 0x08
#define TRACE_LEVEL_DEBUG 0x10

#ifndef MBED_TRACE_MAX_LEVEL
#define MBED_TRACE_MAX_LEVEL TRACE_LEVEL_DEBUG
#endif
#ifndef TRACE_GROUP
#define TRACE_GROUP "none"
#endif

#ifdef __cplusplus
extern "C" {
#endif

int mbed_trace_init(void);
void mbed_trace_free(void);
void mbed_tracef(uint8_t level, const char *group, const char *format, ...) __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif

#if defined(MBED_CONF_MBED_TRACE_ENABLE) && MBED_CONF_MBED_TRACE_ENABLE
#define TLSBENCH_TRACE(level, ...)                                                                                     \
    do {                                                                                                               \
        if ((level) <= MBED_TRACE_MAX_LEVEL) {                                                                         \
            mbed_tracef(level, TRACE_GROUP, __VA_ARGS__);                                                              \
        }                                                                                                              \
    } while (0)
#else
// Never runs, but checks the format and uses the arguments.
#define TLSBENCH_TRACE(level, ...)                                                                                     \
    do {                                                                                                               \
        if (0) {                                                                                                       \
            mbed_tracef(level, TRACE_GROUP, __VA_ARGS__);                                                              \
        }                                                                                                              \
    } while (0)
#endif

#define tr_debug(...) TLSBENCH_TRACE(TRACE_LEVEL_DEBUG, __VA_ARGS__)
#define tr_info(...) TLSBENCH_TRACE(TRACE_LEVEL_INFO, __VA_ARGS__)
#define tr_warning(...) TLSBENCH_TRACE(TRACE_LEVEL_WARN, __VA_ARGS__)
#define tr_warn(...) TLSBENCH_TRACE(TRACE_LEVEL_WARN, __VA_ARGS__)
#define tr_error(...) TLSBENCH_TRACE(TRACE_LEVEL_ERROR, __VA_ARGS__)
#define tr_err(...) TLSBENCH_TRACE(TRACE_LEVEL_ERROR, __VA_ARGS__)
