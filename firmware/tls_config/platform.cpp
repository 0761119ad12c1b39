#include "tls_config/platform.h"

#include "platform/CriticalSectionLock.h"
#include "platform/mbed_rtc_time.h"
#include "rtos/ThisThread.h"
#include "tls_config/AllocationWatch.h"

#include "mbedtls/platform_util.h"

#include <cstdlib>

namespace tlsbench::tls {
namespace {

AllocationWatch *watches; // of all threads

} // namespace

AllocationWatch::AllocationWatch() : _thread(rtos::ThisThread::get_id())
{
    mbed::CriticalSectionLock masked;
    _next = watches;
    watches = this;
}

AllocationWatch::~AllocationWatch()
{
    mbed::CriticalSectionLock masked;
    auto link = &watches;
    while (*link != this) {
        link = &(*link)->_next;
    }
    *link = _next;
}

void AllocationWatch::note()
{
    osThreadId_t here = rtos::ThisThread::get_id();
    mbed::CriticalSectionLock masked;
    for (auto watch = watches; watch; watch = watch->_next) {
        watch->_refused |= watch->_thread == here;
    }
}

} // namespace tlsbench::tls

void *tls_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (!memory && count && size) {
        tlsbench::tls::AllocationWatch::note();
    }
    return memory;
}

/// The date that certificates are judged by. Without a clock there's none: they are refused, whatever they say.
extern "C" struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *seconds, struct tm *date)
{
    return tlsbench::clock_is_set() ? gmtime_r(seconds, date) : nullptr;
}
