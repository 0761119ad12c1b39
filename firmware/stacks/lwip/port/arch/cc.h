// lwIP's view of compiler and platform.
#pragma once

#include "lwip_random.h"
#include "platform/mbed_assert.h"

#include <sys/param.h> // BYTE_ORDER

#define LWIP_RAND() lwip_random()
#define LWIP_PLATFORM_ASSERT(text) mbed_assert_internal(text, __FILE__, __LINE__)
#define LWIP_PLATFORM_DIAG(text) // no debug output is compiled in

typedef int sys_prot_t;
