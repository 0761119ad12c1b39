/* The C library's, and what newlib has besides. glibc has strlcpy since 2.38. */
#pragma once

#include_next <string.h>

#if !defined(__GLIBC_PREREQ) || !__GLIBC_PREREQ(2, 38)
#ifdef __cplusplus
extern "C" {
#endif
size_t strlcpy(char *to, const char *from, size_t room);
#ifdef __cplusplus
}
#endif
#endif
