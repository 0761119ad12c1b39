/* What Mbed TLS asks of the firmware around it. C, for Mbed TLS's own sources include it. */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* calloc() that tells AllocationWatch what it refuses. */
void *tls_calloc(size_t count, size_t size);

#ifdef __cplusplus
}
#endif
