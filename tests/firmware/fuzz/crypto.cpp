// What makes cryptography fit for a fuzzer: it can be told to take everything for good, and multiplications of curve
// points, nearly all of a handshake's time, are remembered. Those that may stop in the middle do so every other time.
#include "world.h"

#include "mbedtls/ecp.h"

#include <map>
#include <vector>

namespace {

bool credulous;
bool stopped;   // the last multiplication that may
uint64_t state; // of the numbers that blind a multiplication: its result doesn't depend on them

using Bytes = std::vector<uint8_t>;
constexpr size_t most_remembered = 1000;
std::map<Bytes, Bytes> &products = *new std::map<Bytes, Bytes>; // factors, product; leaked on purpose

Bytes bytes_of(const mbedtls_ecp_group *group, const mbedtls_ecp_point *point)
{
    Bytes bytes(MBEDTLS_ECP_MAX_PT_LEN);
    size_t size;
    MUST(mbedtls_ecp_point_write_binary(group, point, MBEDTLS_ECP_PF_UNCOMPRESSED, &size, bytes.data(), bytes.size()) ==
         0);
    bytes.resize(size);
    return bytes;
}

void add_factors(Bytes &key, const mbedtls_ecp_group *group, const mbedtls_mpi *number, const mbedtls_ecp_point *point)
{
    const Bytes second = bytes_of(group, point);
    Bytes first(MBEDTLS_ECP_MAX_BYTES);
    MUST(mbedtls_mpi_write_binary(number, first.data(), first.size()) == 0);
    key.push_back(uint8_t(group->id));
    key.insert(key.end(), first.begin(), first.end());
    key.insert(key.end(), second.begin(), second.end());
}

/// @param stops    it may say that it is not done yet
/// @param multiply does the work, if it was not done before
template <typename Multiply>
int recall(const Bytes &key, mbedtls_ecp_group *group, mbedtls_ecp_point *product, bool stops, Multiply multiply)
{
    stopped = stops && !stopped;
    if (stopped) {
        return MBEDTLS_ERR_ECP_IN_PROGRESS;
    }
    auto found = products.find(key);
    if (found != products.end()) {
        return mbedtls_ecp_point_read_binary(group, product, found->second.data(), found->second.size());
    }
    const int ret = multiply();
    if (ret == 0 && products.size() < most_remembered) {
        products[key] = bytes_of(group, product);
    }
    return ret;
}

} // namespace

void world::believe_everything(bool yes)
{
    credulous = yes;
    stopped = false;
}

int world::numbers(void *state, unsigned char *out, size_t size)
{
    auto number = static_cast<uint64_t *>(state);
    for (size_t i = 0; i < size; ++i) {
        *number = *number * 6364136223846793005 + 1442695040888963407; // Knuth's, MMIX
        out[i] = uint8_t(*number >> 56);
    }
    return 0;
}

extern "C" {

using Rng = int (*)(void *, unsigned char *, size_t);

int __real_mbedtls_ct_memcmp(const void *a, const void *b, size_t size);
int __real_mbedtls_ecdsa_read_signature(void *key, const unsigned char *hash, size_t hash_size,
                                        const unsigned char *signature, size_t size);
int __real_mbedtls_ecdsa_read_signature_restartable(void *key, const unsigned char *hash, size_t hash_size,
                                                    const unsigned char *signature, size_t size, void *restart);
int __real_mbedtls_ecp_mul_restartable(mbedtls_ecp_group *group, mbedtls_ecp_point *product, const mbedtls_mpi *m,
                                       const mbedtls_ecp_point *p, Rng rng, void *rng_state, void *restart);
int __real_mbedtls_ecp_muladd_restartable(mbedtls_ecp_group *group, mbedtls_ecp_point *sum, const mbedtls_mpi *m,
                                          const mbedtls_ecp_point *p, const mbedtls_mpi *n, const mbedtls_ecp_point *q,
                                          void *restart);

int __wrap_mbedtls_ct_memcmp(const void *a, const void *b, size_t size)
{
    return credulous ? 0 : __real_mbedtls_ct_memcmp(a, b, size);
}

int __wrap_mbedtls_ecdsa_read_signature(void *key, const unsigned char *hash, size_t hash_size,
                                        const unsigned char *signature, size_t size)
{
    return credulous ? 0 : __real_mbedtls_ecdsa_read_signature(key, hash, hash_size, signature, size);
}

int __wrap_mbedtls_ecdsa_read_signature_restartable(void *key, const unsigned char *hash, size_t hash_size,
                                                    const unsigned char *signature, size_t size, void *restart)
{
    return credulous ? 0
                     : __real_mbedtls_ecdsa_read_signature_restartable(key, hash, hash_size, signature, size, restart);
}

int __wrap_mbedtls_ecp_mul_restartable(mbedtls_ecp_group *group, mbedtls_ecp_point *product, const mbedtls_mpi *m,
                                       const mbedtls_ecp_point *p, Rng, void *, void *restart)
{
    Bytes key;
    add_factors(key, group, m, p);
    return recall(key, group, product, restart != nullptr, [&] {
        return __real_mbedtls_ecp_mul_restartable(group, product, m, p, world::numbers, &state, nullptr);
    });
}

int __wrap_mbedtls_ecp_muladd_restartable(mbedtls_ecp_group *group, mbedtls_ecp_point *sum, const mbedtls_mpi *m,
                                          const mbedtls_ecp_point *p, const mbedtls_mpi *n, const mbedtls_ecp_point *q,
                                          void *restart)
{
    Bytes key;
    add_factors(key, group, m, p);
    add_factors(key, group, n, q);
    return recall(key, group, sum, restart != nullptr,
                  [&] { return __real_mbedtls_ecp_muladd_restartable(group, sum, m, p, n, q, nullptr); });
}
}
