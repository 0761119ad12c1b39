#include "check.h"
#include "platform/heap.h"

#include <algorithm>
#include <cerrno>
#include <malloc.h>
#include <memory>
#include <new>

using tlsbench::heap_stats;

namespace {

// Called through pointers that may change, so that the compiler cannot know what they do: it would leave out a block
// that is only freed, and take a new block for different from any old one.
struct {
    void *(*volatile malloc)(size_t) = ::malloc;
    void *(*volatile calloc)(size_t, size_t) = ::calloc;
    void *(*volatile realloc)(void *, size_t) = ::realloc;
    void *(*volatile memalign)(size_t, size_t) = ::memalign;
    void (*volatile free)(void *) = ::free;
} heap;

// Deterministic pseudo-random numbers, Numerical Recipes' constants.
class Random {
public:
    explicit Random(uint32_t seed) : _state(seed) {}
    uint32_t below(uint32_t limit)
    {
        _state = _state * 1664525 + 1013904223;
        return (_state >> 8) % limit;
    }

private:
    uint32_t _state;
};

// Allocates, resizes and frees at random, and sees that nobody else writes to its blocks.
bool stir(uint32_t seed, int rounds, bool give_way)
{
    struct {
        unsigned char *bytes;
        uint32_t size;
        unsigned char mark;
    } held[24] = {};
    Random random(seed);
    const uint32_t large = std::min<uint32_t>(heap_stats().region / 64, 5000), small = std::min<uint32_t>(large, 200);
    bool intact = true;
    auto verify = [&](const auto &slot) {
        for (uint32_t i = 0; i < slot.size; i++) {
            intact = intact && slot.bytes[i] == slot.mark;
        }
    };
    for (int round = 0; round < rounds; round++) {
        auto &slot = held[random.below(24)];
        const uint32_t size = random.below(8) ? random.below(small) : random.below(large);
        verify(slot);
        if (slot.bytes && random.below(3)) {
            heap.free(slot.bytes);
            slot = {};
        } else {
            auto *moved = static_cast<unsigned char *>(heap.realloc(slot.bytes, size));
            intact = intact && moved && uint32_t(moved) % 8 == 0;
            slot.bytes = moved;
            slot.size = slot.size < size ? slot.size : size;
            verify(slot);
            slot.mark = uint8_t(random.below(256));
            slot.size = moved ? size : 0;
            memset(slot.bytes, slot.mark, slot.size);
        }
        if (give_way && round % 5 == 0) {
            ThisThread::yield();
        }
    }
    for (auto &slot : held) {
        verify(slot);
        heap.free(slot.bytes);
    }
    return intact;
}

} // namespace

CHECK(heap, overhead_is_at_most_eight_bytes_and_rounding)
{
    for (uint32_t size = 12; size < 3000; size += 37) {
        const uint32_t before = heap_stats().current;
        void *block = heap.malloc(size);
        const uint32_t taken = heap_stats().current - before;
        REQUIRE(uint32_t(block) % 8 == 0);
        REQUIRE(taken >= size + 4 && taken <= ((size + 7) & ~7u) + 8);
        heap.free(block);
        REQUIRE(heap_stats().current == before);
    }
}

CHECK(heap, peak_is_kept_and_restarts)
{
    tlsbench::heap_restart_peak();
    const uint32_t before = heap_stats().current;
    REQUIRE(heap_stats().peak == before);
    void *a = heap.malloc(996), *b = heap.malloc(496);
    heap.free(a);
    REQUIRE(heap_stats().current == before + 504);
    REQUIRE(heap_stats().peak == before + 1000 + 504);
    tlsbench::heap_restart_peak();
    REQUIRE(heap_stats().peak == before + 504);
    heap.free(b);
    REQUIRE(heap_stats().peak == before + 504);
    REQUIRE(heap_stats().current == before);
    REQUIRE(heap_stats().arena_peak >= 1504);
}

CHECK(heap, takes_the_best_fit)
{
    void *small = heap.malloc(300), *wall_a = heap.malloc(16), *large = heap.malloc(500), *wall_b = heap.malloc(16);
    heap.free(large);
    heap.free(small);
    void *again = heap.malloc(290);
    REQUIRE(again == small);
    void *other = heap.malloc(310);
    REQUIRE(other == large);
    heap.free(again);
    heap.free(other);
    heap.free(wall_a);
    heap.free(wall_b);
}

CHECK(heap, free_neighbours_become_one)
{
    const uint32_t before = heap_stats().current;
    void *a = heap.malloc(1000), *b = heap.malloc(1000), *c = heap.malloc(1000), *wall = heap.malloc(16);
    heap.free(a);
    heap.free(c);
    heap.free(b);
    void *all = heap.malloc(3000);
    REQUIRE(all == a);
    heap.free(all);
    heap.free(wall);
    REQUIRE(heap_stats().current == before);
}

CHECK(heap, realloc_stays_where_it_can)
{
    auto *block = static_cast<char *>(heap.malloc(100));
    const uint32_t place = uint32_t(block);
    void *wall = heap.malloc(16);
    memcpy(block, "kept", sizeof "kept");
    block = static_cast<char *>(heap.realloc(block, 50));
    REQUIRE(uint32_t(block) == place);
    block = static_cast<char *>(heap.realloc(block, 100));
    REQUIRE(uint32_t(block) == place);
    auto *moved = static_cast<char *>(heap.realloc(block, 1000));
    REQUIRE(uint32_t(moved) != place && strcmp(moved, "kept") == 0);
    char *const kept = opaque(moved);
    REQUIRE(heap.realloc(moved, heap_stats().region) == nullptr);
    REQUIRE(strcmp(kept, "kept") == 0);
    heap.free(kept);
    heap.free(wall);
    void *fresh = heap.realloc(nullptr, 10);
    REQUIRE(fresh);
    heap.free(fresh);
}

CHECK(heap, calloc_clears_and_minds_overflow)
{
    void *dirty = heap.malloc(400);
    memset(dirty, 0xA5, 400);
    heap.free(dirty);
    auto *clean = static_cast<char *>(heap.calloc(100, 4));
    bool zero = clean;
    for (int i = 0; zero && i < 400; i++) {
        zero = clean[i] == 0;
    }
    REQUIRE(zero);
    heap.free(clean);
    errno = 0;
    REQUIRE(heap.calloc(0x10001, 0x10001) == nullptr);
    REQUIRE(errno == ENOMEM);
}

CHECK(heap, aligned_blocks)
{
    const uint32_t before = heap_stats().current;
    for (size_t alignment = 8; alignment <= 1024; alignment *= 2) {
        void *pad = heap.malloc(24);
        void *block = heap.memalign(alignment, 100);
        REQUIRE(block && uint32_t(block) % alignment == 0);
        REQUIRE(heap_stats().current - before <= 32 + 112); // what was cut off went back
        memset(block, 0xFF, 100);
        heap.free(pad);
        heap.free(block);
    }
    REQUIRE(heap.memalign(64, SIZE_MAX) == nullptr);
    struct alignas(64) Wide {
        char bytes[64];
    };
    auto *wide = new Wide;
    REQUIRE(uint32_t(wide) % 64 == 0);
    delete wide;
    REQUIRE(heap_stats().current == before);
}

CHECK(heap, used_up_gives_null)
{
    const uint32_t before = heap_stats().current;
    errno = 0;
    REQUIRE(heap.malloc(heap_stats().region) == nullptr);
    REQUIRE(errno == ENOMEM);
    REQUIRE(heap.malloc(SIZE_MAX) == nullptr);
    REQUIRE(heap.malloc(SIZE_MAX - 3) == nullptr);
    const size_t too_much = heap_stats().region / 4 + 1;
    int *none = new (std::nothrow) int[too_much];
    REQUIRE(none == nullptr);
    delete[] none;
    const uint32_t some = std::min<uint32_t>(heap_stats().region / 4, 4096);
    void *all = heap.malloc(heap_stats().region - some - before);
    REQUIRE(all);
    REQUIRE(heap.malloc(2 * some) == nullptr);
    heap.free(all);
    REQUIRE(heap_stats().current == before);
}

CHECK(heap, limit_makes_allocations_fail)
{
    const uint32_t before = heap_stats().current;
    tlsbench::heap_set_limit(before + 1000);
    void *block = heap.malloc(900);
    void *const kept = opaque(block);
    REQUIRE(kept);
    REQUIRE(heap.malloc(200) == nullptr);
    REQUIRE(heap.realloc(block, 1100) == nullptr);
    char *none = new (std::nothrow) char[200];
    REQUIRE(none == nullptr);
    delete[] none;
    tlsbench::heap_set_limit(0);
    void *more = heap.malloc(200);
    REQUIRE(more);
    heap.free(more);
    heap.free(kept);
    REQUIRE(heap_stats().current == before);
}

CHECK(heap, random_use_leaves_nothing_behind)
{
    const uint32_t before = heap_stats().current;
    REQUIRE(stir(1, 20'000, false));
    REQUIRE(heap_stats().current == before);
    void *first = heap.malloc(64); // everything merged again: it lies where the first block of all would
    void *second = heap.malloc(heap_stats().region / 2);
    REQUIRE(second > first && uint32_t(second) - uint32_t(first) == 72);
    heap.free(second);
    heap.free(first);
}

CHECK(heap, threads_share_it)
{
    const uint32_t before = heap_stats().current;
    bool a = false, b = false;
    Thread thread_a(osPriorityNormal, sizeof stack_a, stack_a, "a");
    Thread thread_b(osPriorityNormal, sizeof stack_b, stack_b, "b");
    thread_a.start([&] { a = stir(2, 3000, true); });
    thread_b.start([&] { b = stir(3, 3000, true); });
    const bool mine = stir(4, 3000, true);
    thread_a.join();
    thread_b.join();
    REQUIRE(a && b && mine);
    REQUIRE(heap_stats().current == before);
}

CHECK(heap, printing_takes_nothing)
{
    const uint32_t before = heap_stats().arena_peak;
    char text[8];
    snprintf(text, sizeof text, "%d", 42);
    printf("(text)\n");
    puts("(text)");
    fprintf(stderr, "(text)\n");
    REQUIRE(heap_stats().arena_peak == before);
}
