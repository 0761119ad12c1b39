/* MBED_ASSERT(condition): a false condition stops the firmware with a fault report of kind "assert". */
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

void mbed_assert_internal(const char *expr, const char *file, int line) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

#define MBED_ASSERT(expr)                                                                                              \
    do {                                                                                                               \
        if (!(expr)) {                                                                                                 \
            mbed_assert_internal(#expr, __FILE__, __LINE__);                                                           \
        }                                                                                                              \
    } while (0)

#ifdef __cplusplus
#define MBED_STATIC_ASSERT(expr, msg) static_assert(expr, msg)
#else
#define MBED_STATIC_ASSERT(expr, msg) _Static_assert(expr, msg)
#endif
