// lwIP's random numbers and sequence numbers: a keyed hash, whose key comes from the seed of all entropy.
#include "lwip_hooks.h"
#include "lwip_random.h"
#include "platform/clock.h"
#include "platform/entropy.h"
#include "siphash.h"

#include <cstring>

namespace {

/// What a hash is for: no two uses give the same values.
enum class Use : uint32_t { key_low, key_high, number, sequence };

tlsbench::lwip::SipKey key;
bool keyed = false;
uint32_t key_generation;
uint32_t numbers; // given out under this key

void make_key()
{
    struct {
        Use use;
        uint8_t seed[tlsbench::ENTROPY_MAX_BYTES];
    } input = {};
    key_generation = tlsbench::entropy_generation();
    if (tlsbench::entropy_seed(input.seed) == 0) {
        // Until there is a seed the time of the first use stands in for it: numbers differ from one start to the next,
        // but they can be guessed. The agent has its seed before it brings the network up.
        const uint64_t now = tlsbench::uptime_us();
        memcpy(input.seed, &now, sizeof now);
    }
    // A hash of the seed, which is also the TLS generator's: what is given out here must tell nothing about it.
    const tlsbench::lwip::SipKey none = {};
    input.use = Use::key_low;
    key.words[0] = siphash(none, &input, sizeof input);
    input.use = Use::key_high;
    key.words[1] = siphash(none, &input, sizeof input);
    numbers = 0; // so that a run with the same seed has the same numbers
    keyed = true;
}

void follow_seed()
{
    if (!keyed || key_generation != tlsbench::entropy_generation()) {
        make_key();
    }
}

/// @param size bytes of `data`
uint64_t keyed_hash(const void *data, size_t size)
{
    follow_seed();
    return siphash(key, data, size);
}

} // namespace

extern "C" uint32_t lwip_random(void)
{
    follow_seed();
    const struct {
        Use use;
        uint32_t count;
    } input = {Use::number, numbers++};
    return uint32_t(keyed_hash(&input, sizeof input));
}

/// RFC 6528, section 3: a clock of 4 microseconds, from a start that only the key tells for each pair of ends.
extern "C" uint32_t lwip_tcp_isn(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port)
{
    const struct {
        Use use;
        uint32_t local_ip, remote_ip;
        uint16_t local_port, remote_port;
    } input = {Use::sequence, local_ip, remote_ip, local_port, remote_port};
    return uint32_t(keyed_hash(&input, sizeof input)) + uint32_t(tlsbench::uptime_us() / 4);
}
