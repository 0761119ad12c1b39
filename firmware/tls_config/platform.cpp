#include "tls_config/platform.h"

#include "platform/mbed_rtc_time.h"

#include "mbedtls/platform_util.h"

#include <atomic>
#include <cstdlib>

namespace {

std::atomic<uint32_t> failures;

} // namespace

void *tls_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory && count && size) {
        ++failures;
    }
    return memory;
}

uint32_t tls_alloc_failures()
{
    return failures;
}

/// The date that certificates are judged by. Without a clock there's none: they are refused, whatever they say.
extern "C" struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *seconds, struct tm *date)
{
    return tlsbench::clock_is_set() ? gmtime_r(seconds, date) : nullptr;
}
