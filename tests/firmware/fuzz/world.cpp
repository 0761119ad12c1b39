#include "world.h"

#include "platform/entropy.h"
#include "platform/mbed_assert.h"
#include "platform/mbed_rtc_time.h"

#include <unordered_set>

namespace {

constexpr time_t today = 1'800'000'000;

uint64_t now_ms;
long until_refusal = -1;
// Leaked on purpose: blocks are freed until the very end.
std::unordered_set<void *> &held = *new std::unordered_set<void *>;

} // namespace

extern "C" {

void *__real_calloc(size_t count, size_t size);
void __real_free(void *memory);
int __real_mbedtls_md_setup(void *context, const void *algorithm, int hmac);

void *__wrap_calloc(size_t count, size_t size)
{
    if (until_refusal >= 0 && until_refusal-- == 0) {
        return nullptr;
    }
    void *memory = __real_calloc(count, size);
    held.insert(memory);
    return memory;
}

void __wrap_free(void *memory)
{
    held.erase(memory);
    __real_free(memory);
}

// Mbed TLS 3.6.6 goes on with what is on its stack, and beyond, when there's no memory for the hash of a handshake
// (ssl_compute_master() does not look at what calc_verify() returns). So that one always has its memory.
int __wrap_mbedtls_md_setup(void *context, const void *algorithm, int hmac)
{
    const long kept = until_refusal;
    if (!hmac) {
        until_refusal = -1;
    }
    const int ret = __real_mbedtls_md_setup(context, algorithm, hmac);
    if (!hmac) {
        until_refusal = kept;
    }
    return ret;
}

time_t __wrap_time(time_t *out)
{
    if (out) {
        *out = today;
    }
    return today;
}

void mbed_assert_internal(const char *expr, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expr);
    abort();
}
}

namespace world {

void reseed()
{
    const uint8_t seed[tlsbench::ENTROPY_MIN_BYTES] = {1};
    MUST(tlsbench::entropy_inject(seed, sizeof seed));
}

void let_time_pass(rtos::Kernel::Clock::duration_u32 time)
{
    MUST(time != rtos::Kernel::wait_for_u32_forever); // nobody would ever end it
    now_ms += time.count();
}

void refuse_allocation(long count)
{
    until_refusal = count;
}

size_t blocks()
{
    return held.size();
}

} // namespace world

bool tlsbench::clock_is_set()
{
    return true;
}

uint64_t rtos::Kernel::get_ms_count()
{
    return now_ms;
}
