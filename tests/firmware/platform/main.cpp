/* What needs no board to be tried: the arithmetic of the cycle counter, a random source's health checks, and where the
   seed comes from. */
#include "by_name.h"
#include "drivers/entropy_source.h"
#include "drivers/stm32f4/rng_health.h"
#include "platform/cycles.h"
#include "platform/entropy.h"

using namespace tlsbench;

namespace {

// ---- the board's own source, as entropy.cpp sees it

bool source_is_healthy;
uint8_t source_gives;

// ---- registers of a random number generator

struct Registers {
    uint32_t status() const
    {
        (*reads)++;
        return *reads > ready_after ? flags : flags & ~stm32f4::rng_ready;
    }
    uint32_t data() const { return words[(*next)++]; }
    bool late() const { return *reads > 1000; }

    const uint32_t *words;
    uint32_t flags = stm32f4::rng_ready;
    int ready_after = 0;
    int *reads = new int(0); // of a program that ends with the check
    int *next = new int(0);
};

// ---- the checks

void cycles_add_up()
{
    CycleCount count;
    count.fold(100, false);
    count.fold(150, true);
    count.fold(150, true);
    count.fold(1000, false);
    REQUIRE(count.all == 1000 && count.idle == 50);
}

void cycles_go_on_over_a_wrap()
{
    CycleCount count;
    count.seen = 0xFFFF'FF00;
    count.fold(0x100, true);
    REQUIRE(count.all == 0x200 && count.idle == 0x200);
    for (int wraps = 0; wraps < 10; wraps++) {
        count.fold(0x8000'0100, false);
        count.fold(0x100, true);
    }
    REQUIRE(count.all == 0x200 + 10 * 0x1'0000'0000ull && count.idle == 0x200 + 10 * 0x8000'0000ull);
}

void cycles_between_two_looks_may_be_all_but_one_of_a_wrap()
{
    CycleCount count;
    count.seen = 5;
    count.fold(4, false);
    REQUIRE(count.all == 0xFFFF'FFFF && count.idle == 0);
}

void random_words_come_but_for_the_first()
{
    const uint32_t words[] = {1, 0x44332211, 0x88776655, 0xCCBBAA99};
    const uint8_t expected[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA};
    uint8_t out[12] = {};
    REQUIRE(stm32f4::read_random(Registers{words}, out, 10));
    REQUIRE(memcmp(out, expected, sizeof expected) == 0 && out[10] == 0 && out[11] == 0);
}

void random_words_that_repeat_are_refused()
{
    const uint32_t words[] = {7, 7, 8, 9}, later[] = {6, 7, 8, 8};
    uint8_t out[12];
    REQUIRE(!stm32f4::read_random(Registers{words}, out, 4));
    REQUIRE(!stm32f4::read_random(Registers{later}, out, 12));
    REQUIRE(stm32f4::read_random(Registers{later}, out, 8));
}

void random_source_that_tells_of_an_error_is_refused()
{
    const uint32_t words[] = {1, 2, 3, 4};
    uint8_t out[4];
    const uint32_t errors[] = {1u << 1, 1u << 2, 1u << 5, 1u << 6}; // CECS, SECS, CEIS, SEIS
    for (const uint32_t error : errors) {
        REQUIRE(!stm32f4::read_random(Registers{words, stm32f4::rng_ready | error}, out, 4));
    }
}

void random_source_that_is_silent_is_refused()
{
    const uint32_t words[] = {1, 2, 3, 4};
    uint8_t out[4];
    REQUIRE(stm32f4::read_random(Registers{words, stm32f4::rng_ready, 900}, out, 4));
    REQUIRE(!stm32f4::read_random(Registers{words, stm32f4::rng_ready, 1100}, out, 4));
}

void seed_alone_is_injected()
{
    const uint8_t seed[ENTROPY_MIN_BYTES] = {1, 2, 3};
    uint8_t out[ENTROPY_MAX_BYTES] = {};
    REQUIRE(!entropy_ready() && strcmp(entropy_kind(), "none") == 0);
    REQUIRE(!entropy_gather() && !entropy_ready());
    REQUIRE(!entropy_inject(seed, sizeof seed - 1) && !entropy_ready());
    REQUIRE(entropy_inject(seed, sizeof seed) && strcmp(entropy_kind(), "injected") == 0);
    REQUIRE(entropy_seed(out) == sizeof seed && memcmp(out, seed, sizeof seed) == 0);
}

void source_is_mixed_with_the_seed()
{
    const uint8_t seed[ENTROPY_MIN_BYTES] = {1, 2, 3};
    uint8_t out[ENTROPY_MAX_BYTES] = {};
    source_is_healthy = true;
    source_gives = 0x50;
    REQUIRE(entropy_inject(seed, sizeof seed) && strcmp(entropy_kind(), "hardware") == 0);
    REQUIRE(entropy_seed(out) == sizeof out && out[0] == 0x51 && out[2] == 0x53 && out[sizeof out - 1] == 0x50);
    REQUIRE(!entropy_inject(seed, sizeof seed - 1) && entropy_generation() == 1);
    source_is_healthy = false; // and so is gone: the seed alone again, told as such
    REQUIRE(entropy_inject(seed, sizeof seed) && strcmp(entropy_kind(), "injected") == 0);
    REQUIRE(entropy_seed(out) == sizeof seed && out[0] == 1);
}

void source_alone_is_enough()
{
    uint8_t out[ENTROPY_MAX_BYTES] = {};
    source_is_healthy = true;
    source_gives = 0xA5;
    REQUIRE(entropy_gather() && entropy_generation() == 1 && strcmp(entropy_kind(), "hardware") == 0);
    REQUIRE(entropy_seed(out) == sizeof out && out[0] == 0xA5 && out[sizeof out - 1] == 0xA5);
}

const NamedCheck checks[] = {
    CHECK(cycles_add_up),
    CHECK(cycles_go_on_over_a_wrap),
    CHECK(cycles_between_two_looks_may_be_all_but_one_of_a_wrap),
    CHECK(random_words_come_but_for_the_first),
    CHECK(random_words_that_repeat_are_refused),
    CHECK(random_source_that_tells_of_an_error_is_refused),
    CHECK(random_source_that_is_silent_is_refused),
    CHECK(seed_alone_is_injected),
    CHECK(source_is_mixed_with_the_seed),
    CHECK(source_alone_is_enough),
};

} // namespace

bool tlsbench::entropy_source_read(uint8_t *out, size_t bytes)
{
    memset(out, source_gives, bytes);
    return source_is_healthy;
}

int main(int, char **arguments)
{
    return run_by_name(checks, arguments);
}
