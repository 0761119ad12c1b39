// lwIP's random numbers: the first port, the identifiers of DNS and DHCP queries.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Nobody can guess it without the seed of all entropy; the same seed gives the same sequence.
uint32_t lwip_random(void);

#ifdef __cplusplus
}
#endif
