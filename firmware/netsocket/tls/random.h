#pragma once

#include <cstddef>

namespace tlsbench::tls {

/// Random bytes from the one generator that all sockets share, in the form that Mbed TLS asks for (f_rng). Safe to call
/// from any thread.
/// @return 0, or MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED as long as there's no seed (platform/entropy.h)
int random_bytes(void *unused, unsigned char *out, size_t size);

} // namespace tlsbench::tls
