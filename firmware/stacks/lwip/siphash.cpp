#include "siphash.h"

#include <cstring>

namespace tlsbench {
namespace lwip {
namespace {

uint64_t rotated(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

struct State {
    uint64_t v0, v1, v2, v3;

    void rounds(int count)
    {
        while (count-- > 0) {
            v0 += v1;
            v1 = rotated(v1, 13) ^ v0;
            v0 = rotated(v0, 32);
            v2 += v3;
            v3 = rotated(v3, 16) ^ v2;
            v0 += v3;
            v3 = rotated(v3, 21) ^ v0;
            v2 += v1;
            v1 = rotated(v1, 17) ^ v2;
            v2 = rotated(v2, 32);
        }
    }

    void take(uint64_t word)
    {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    }
};

} // namespace

uint64_t siphash(const SipKey &key, const void *data, size_t size)
{
    State state = {key.words[0] ^ 0x736f6d6570736575, key.words[1] ^ 0x646f72616e646f6d,
                   key.words[0] ^ 0x6c7967656e657261, key.words[1] ^ 0x7465646279746573};
    const auto *bytes = static_cast<const uint8_t *>(data);
    size_t rest = size;
    for (; rest >= sizeof(uint64_t); rest -= sizeof(uint64_t), bytes += sizeof(uint64_t)) {
        uint64_t word; // little-endian, as the core is
        memcpy(&word, bytes, sizeof word);
        state.take(word);
    }
    uint64_t last = uint64_t(size) << 56;
    memcpy(&last, bytes, rest);
    state.take(last);
    state.v2 ^= 0xff;
    state.rounds(4);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace lwip
} // namespace tlsbench
