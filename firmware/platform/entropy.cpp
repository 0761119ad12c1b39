#include "platform/entropy.h"

#include "platform/CriticalSectionLock.h"

#include <algorithm>
#include <cstring>

namespace tlsbench {
namespace {

uint8_t pool[ENTROPY_MAX_BYTES];
size_t pool_bytes;
uint32_t generation;

} // namespace

bool entropy_inject(const uint8_t *seed, size_t len)
{
    if (!seed || len < ENTROPY_MIN_BYTES) {
        return false;
    }
    mbed::CriticalSectionLock lock;
    memset(pool, 0, sizeof pool);
    for (size_t i = 0; i < len; ++i) {
        pool[i % sizeof pool] ^= seed[i];
    }
    pool_bytes = std::min(len, sizeof pool);
    ++generation;
    return true;
}

bool entropy_ready()
{
    return generation != 0;
}

const char *entropy_kind()
{
    return entropy_ready() ? "injected" : "none";
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
