/* What Mbed TLS asks of the firmware around it. C, for Mbed TLS's own sources include it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* calloc() that counts what it refuses. */
void *tls_calloc(size_t count, size_t size);

/* How often tls_calloc() had nothing to give, since power-on. */
uint32_t tls_alloc_failures(void);

#ifdef __cplusplus
}
#endif
