// What of Mbed TLS fails on no machine that a test runs on, made to fail.
#pragma once

namespace failing {

// What the next call of mbedtls_ctr_drbg_seed() or mbedtls_ctr_drbg_random() returns, unless 0. It does nothing else
// then.
extern int drbg_seed, drbg_random;

/// Whether the next call of mbedtls_ssl_config_defaults() finds no memory.
extern bool config_defaults;

} // namespace failing
