/* error(): give up with a message, which becomes a fault report of kind "error". */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

void error(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#ifdef __cplusplus
}
#endif
