#include "failing.h"

#include "stand_in/stand_in.h"

#include "mbedtls/ctr_drbg.h"
#include "mbedtls/platform.h"
#include "mbedtls/ssl.h"

#include <utility>

namespace failing {

int drbg_seed, drbg_random;
bool config_defaults;

} // namespace failing

namespace {

template <typename Real> int unless(int &failure, Real real)
{
    const int now = std::exchange(failure, 0);
    return now ? now : real();
}

} // namespace

extern "C" {

int __real_mbedtls_ssl_config_defaults(mbedtls_ssl_config *conf, int endpoint, int transport, int preset);
int __real_mbedtls_ctr_drbg_seed(mbedtls_ctr_drbg_context *drbg, int (*entropy)(void *, unsigned char *, size_t),
                                 void *source, const unsigned char *custom, size_t length);
int __real_mbedtls_ctr_drbg_random(void *drbg, unsigned char *out, size_t size);

int __wrap_mbedtls_ssl_config_defaults(mbedtls_ssl_config *conf, int endpoint, int transport, int preset)
{
    if (std::exchange(failing::config_defaults, false)) {
        stand_in::refuse_allocation(0);
        return mbedtls_calloc(1, 1) ? 0 : MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    return __real_mbedtls_ssl_config_defaults(conf, endpoint, transport, preset);
}

int __wrap_mbedtls_ctr_drbg_seed(mbedtls_ctr_drbg_context *drbg, int (*entropy)(void *, unsigned char *, size_t),
                                 void *source, const unsigned char *custom, size_t length)
{
    return unless(failing::drbg_seed,
                  [&] { return __real_mbedtls_ctr_drbg_seed(drbg, entropy, source, custom, length); });
}

int __wrap_mbedtls_ctr_drbg_random(void *drbg, unsigned char *out, size_t size)
{
    return unless(failing::drbg_random, [&] { return __real_mbedtls_ctr_drbg_random(drbg, out, size); });
}
}
