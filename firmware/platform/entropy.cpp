#include "platform/entropy.h"

#include "drivers/entropy_source.h"
#include "platform/CriticalSectionLock.h"

#include <algorithm>
#include <cstring>

namespace tlsbench {
namespace {

uint8_t pool[ENTROPY_MAX_BYTES];
size_t pool_bytes;
const char *kind = "none";
uint32_t generation;

// What the board's own source gives; false where there is none.
bool read_source([[maybe_unused]] uint8_t (&out)[ENTROPY_MAX_BYTES])
{
#if TLSBENCH_ENTROPY_SOURCE
    return entropy_source_read(out, sizeof out);
#else
    return false;
#endif
}

// Bits of two sources, one upon the other, are as random as those of either.
bool take(const uint8_t *seed, size_t len)
{
    uint8_t fresh[ENTROPY_MAX_BYTES] = {};
    const bool hardware = read_source(fresh);
    if (!hardware) {
        memset(fresh, 0, sizeof fresh);
        if (len < ENTROPY_MIN_BYTES) {
            return false;
        }
    }
    for (size_t i = 0; i < len; ++i) {
        fresh[i % sizeof fresh] ^= seed[i];
    }
    mbed::CriticalSectionLock lock;
    memcpy(pool, fresh, sizeof pool);
    pool_bytes = hardware ? sizeof pool : std::min(len, sizeof pool);
    kind = hardware ? "hardware" : "injected";
    ++generation;
    return true;
}

} // namespace

bool entropy_inject(const uint8_t *seed, size_t len)
{
    return seed && len >= ENTROPY_MIN_BYTES && take(seed, len);
}

bool entropy_gather()
{
    return take(nullptr, 0);
}

bool entropy_ready()
{
    return generation != 0;
}

const char *entropy_kind()
{
    return kind;
}

uint32_t entropy_generation()
{
    return generation;
}

size_t entropy_seed(uint8_t *out)
{
    mbed::CriticalSectionLock lock;
    memcpy(out, pool, pool_bytes);
    return pool_bytes;
}

} // namespace tlsbench
