#include "stand_in.h"

#include "platform/mbed_assert.h"
#include "platform/mbed_rtc_time.h"
#include "rtos/Kernel.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>

namespace {

std::atomic<bool> clock_set{true};
std::atomic<long> until_refusal{-1};
std::atomic<bool> refused{false};
std::atomic<bool> only_waiting{false};
std::atomic<uint64_t> waited_ms{0};
constexpr size_t heap_bytes = 64 << 20; // more than any board has

// Leaked on purpose: blocks are freed until the very end.
std::mutex &lock = *new std::mutex;
std::map<void *, size_t> &held = *new std::map<void *, size_t>;

} // namespace

extern "C" {

void *__real_calloc(size_t count, size_t size);
void __real_free(void *memory);

void *__wrap_calloc(size_t count, size_t size)
{
    if (until_refusal >= 0 && until_refusal-- == 0) {
        refused = true;
        return nullptr;
    }
    if (size > heap_bytes) {
        return nullptr;
    }
    void *memory = __real_calloc(count, size);
    std::lock_guard<std::mutex> locked(lock);
    held[memory] = count * size;
    return memory;
}

void __wrap_free(void *memory)
{
    {
        std::lock_guard<std::mutex> locked(lock);
        held.erase(memory);
    }
    __real_free(memory);
}

void mbed_assert_internal(const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
    abort();
}
}

namespace stand_in {

size_t blocks()
{
    std::lock_guard<std::mutex> locked(lock);
    return held.size();
}

size_t bytes()
{
    std::lock_guard<std::mutex> locked(lock);
    size_t sum = 0;
    for (auto &block : held) {
        sum += block.second;
    }
    return sum;
}

void refuse_allocation(long count)
{
    refused = false;
    until_refusal = count;
}

bool has_refused()
{
    return refused;
}

void set_clock(bool set)
{
    clock_set = set;
}

void only_waiting_takes_time()
{
    only_waiting = true;
}

bool waits_at_once(uint32_t ms)
{
    if (only_waiting) {
        waited_ms += ms;
    }
    return only_waiting;
}

} // namespace stand_in

bool tlsbench::clock_is_set()
{
    return clock_set;
}

uint64_t rtos::Kernel::get_ms_count()
{
    if (only_waiting) {
        return waited_ms;
    }
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    return uint64_t(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}
