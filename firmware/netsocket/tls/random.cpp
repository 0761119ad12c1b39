#include "netsocket/tls/random.h"

#include "platform/ScopedLock.h"
#include "platform/entropy.h"
#include "rtos/Mutex.h"

#include "mbedtls/ctr_drbg.h"
#include "mbedtls/platform_util.h"

#include <algorithm>
#include <climits>
#include <cstring>

namespace tlsbench::tls {
namespace {

// CTR_DRBG lives on AES, which the cipher suites need anyway, and allocates nothing. It is static, not a member:
// several hundred bytes per socket would buy nothing.
rtos::Mutex lock;
mbedtls_ctr_drbg_context drbg;
uint32_t seeded_with; // the generation of the seed in use, 0: none

/// What the generator asks for once, when it is seeded: ENTROPY_MIN_BYTES.
int beginning_of_seed(void *seed, unsigned char *out, size_t size)
{
    memcpy(out, seed, size);
    return 0;
}

int reseed(uint32_t generation)
{
    uint8_t seed[ENTROPY_MAX_BYTES];
    const size_t length = entropy_seed(seed);
    if (length < ENTROPY_MIN_BYTES) {
        return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
    }
    if (seeded_with) {
        mbedtls_ctr_drbg_free(&drbg);
    }
    mbedtls_ctr_drbg_init(&drbg);
    mbedtls_ctr_drbg_set_entropy_len(&drbg, ENTROPY_MIN_BYTES);
    // The rest of the seed goes in as nonce and personalization (NIST SP 800-90A, section 10.2.1.3.2).
    int ret = mbedtls_ctr_drbg_set_nonce_len(&drbg, 0);
    if (ret == 0) {
        ret =
            mbedtls_ctr_drbg_seed(&drbg, beginning_of_seed, seed, seed + ENTROPY_MIN_BYTES, length - ENTROPY_MIN_BYTES);
    }
    mbedtls_platform_zeroize(seed, sizeof seed);
    // There's nothing to seed it from again until the next injection. 2^31 requests are far below the 2^48 that
    // SP 800-90A allows.
    mbedtls_ctr_drbg_set_reseed_interval(&drbg, INT_MAX);
    seeded_with = ret == 0 ? generation : 0;
    return ret;
}

} // namespace

int random_bytes(void *, unsigned char *out, size_t size)
{
    mbed::ScopedLock<rtos::Mutex> locked(lock);
    uint32_t generation = entropy_generation();
    if (generation == 0 || seeded_with != generation) {
        int ret = reseed(generation);
        if (ret != 0) {
            return ret;
        }
    }
    while (size) {
        size_t part = std::min<size_t>(size, MBEDTLS_CTR_DRBG_MAX_REQUEST);
        int ret = mbedtls_ctr_drbg_random(&drbg, out, part);
        if (ret != 0) {
            return ret;
        }
        out += part;
        size -= part;
    }
    return 0;
}

} // namespace tlsbench::tls
