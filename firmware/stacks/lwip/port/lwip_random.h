// lwIP's random numbers: ports, sequence numbers, query identifiers.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t lwip_random(void);

#ifdef __cplusplus
}
#endif
