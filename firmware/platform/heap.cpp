/*
 * The allocator. Not newlib-nano's: that one walks a single list of all free blocks, from the lowest address, and takes
 * the first that fits. So the big numbers of public-key arithmetic, asked for by the thousand, walk past every
 * hole each time, and split those that a record buffer would fit in. This one takes the best fit, finds a small block
 * without a search, and merges free neighbours at once.
 *
 * A block is a header of 4 bytes (size, and whether it and the block before it are in use), then the payload at a
 * multiple of 8. Free blocks hold list links, and their size in the last word, so that the block behind can find
 * their start. What lies beyond `top` was never used, or is free again, and is taken last.
 *
 * Interrupts are masked while the lists change: shorter than taking a mutex.
 */
#include "platform/heap.h"

#include "platform/fault.h"
#include "rtos/kernel/port.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

extern "C" {
extern unsigned char __heap_start[], __heap_end[];
}

namespace tlsbench {

using kernel::Masked;

namespace {

constexpr uint32_t used = 1, previous_used = 2, flag_bits = 7;
constexpr size_t header_bytes = 4, smallest = 16;

struct Block {
    uint32_t head;
    Block *next, *previous; // while it is free

    uint32_t size() const { return head & ~flag_bits; }
    unsigned char *bytes() { return reinterpret_cast<unsigned char *>(this); }
    void *payload() { return bytes() + header_bytes; }
    Block *behind() { return reinterpret_cast<Block *>(bytes() + size()); }
    uint32_t &last_word() { return reinterpret_cast<uint32_t *>(bytes() + size())[-1]; }
};

Block *of(void *payload)
{
    return reinterpret_cast<Block *>(static_cast<unsigned char *>(payload) - header_bytes);
}

// Lists of free blocks: below 128 bytes one per size, above one per power of two.
constexpr uint32_t exact_bins = 14, bins = 32;
Block *bin[bins];
uint32_t filled; // which bins are not empty

Block *const first = reinterpret_cast<Block *>(__heap_start + header_bytes);
Block *top = first; // the block before it is in use, or there is none
HeapStats stats;
uint32_t limit = UINT32_MAX;

uint32_t bin_of(uint32_t size)
{
    return size < 128 ? size / 8 - 2 : exact_bins + (31 - __builtin_clz(size)) - 7;
}

uint32_t room_at_top()
{
    return uint32_t(__heap_end) - header_bytes - uint32_t(top);
}

void link(Block *block)
{
    const uint32_t index = bin_of(block->size());
    block->previous = nullptr;
    block->next = bin[index];
    if (block->next) {
        block->next->previous = block;
    }
    bin[index] = block;
    filled |= 1u << index;
}

void unlink(Block *block)
{
    if (block->next) {
        block->next->previous = block->previous;
    }
    if (block->previous) {
        block->previous->next = block->next;
        return;
    }
    const uint32_t index = bin_of(block->size());
    bin[index] = block->next;
    if (!block->next) {
        filled &= ~(1u << index);
    }
}

Block *best_fit(uint32_t size)
{
    for (uint32_t candidates = filled & ~0u << bin_of(size); candidates; candidates &= candidates - 1) {
        const uint32_t index = __builtin_ctz(candidates);
        if (index < exact_bins) {
            return bin[index];
        }
        Block *best = nullptr;
        for (Block *block = bin[index]; block; block = block->next) {
            if (block->size() >= size && (!best || block->size() < best->size())) {
                best = block;
                if (best->size() == size) {
                    break;
                }
            }
        }
        if (best) {
            return best;
        }
    }
    return nullptr;
}

// Make [block, block + size) a free block, merged with free neighbours. The block before is in use or merged already.
void make_free(Block *block, uint32_t size)
{
    Block *next = reinterpret_cast<Block *>(block->bytes() + size);
    if (next == top) {
        top = block;
        return;
    }
    if (!(next->head & used)) {
        unlink(next);
        size += next->size();
        next = next->behind();
    }
    next->head &= ~previous_used;
    block->head = size | previous_used;
    block->last_word() = size;
    link(block);
}

// Give back what a used block has beyond `size`.
void trim(Block *block, uint32_t size)
{
    const uint32_t spare = block->size() - size;
    if (spare >= smallest) {
        block->head -= spare;
        make_free(block->behind(), spare);
    }
}

void account(int32_t bytes)
{
    stats.current += bytes;
    if (stats.current > stats.peak) {
        stats.peak = stats.current;
    }
    const uint32_t arena = uint32_t(top) - uint32_t(__heap_start);
    if (arena > stats.arena_peak) {
        stats.arena_peak = arena;
    }
}

bool over_limit(uint32_t more)
{
    return stats.current + more > limit;
}

// The size of the block for a payload, 0 if there can be none.
uint32_t block_size(size_t bytes)
{
    if (bytes > size_t(__heap_end - __heap_start)) {
        return 0;
    }
    const uint32_t size = uint32_t(bytes + header_bytes + 7) & ~7u;
    return size < smallest ? smallest : size;
}

Block *take(uint32_t size)
{
    Block *block = best_fit(size);
    if (block) {
        unlink(block);
        block->head |= used;
        block->behind()->head |= previous_used;
        trim(block, size);
    } else if (room_at_top() >= size) {
        block = top;
        block->head = size | used | previous_used;
        top = block->behind();
    }
    return block;
}

// The block of a pointer that free() or realloc() was given; anything else there has spoilt the heap.
Block *checked(void *payload)
{
    Block *block = of(payload);
    if (uint32_t(payload) % 8 || block < first || block >= top || !(block->head & used)) {
        fault("heap corruption", "a pointer was freed that is not allocated, or a block was overrun");
    }
    return block;
}

void *allocate(size_t bytes)
{
    const uint32_t size = block_size(bytes);
    Masked masked;
    if (size && !over_limit(size)) {
        if (Block *block = take(size)) {
            account(int32_t(block->size()));
            return block->payload();
        }
    }
    errno = ENOMEM;
    return nullptr;
}

void release(void *payload)
{
    if (!payload) {
        return;
    }
    Masked masked;
    Block *block = checked(payload);
    uint32_t size = block->size();
    stats.current -= size;
    block->head &= ~used; // in case the pointer is freed twice
    if (!(block->head & previous_used)) {
        const uint32_t before = reinterpret_cast<uint32_t *>(block)[-1];
        block = reinterpret_cast<Block *>(block->bytes() - before);
        unlink(block);
        size += before;
    }
    make_free(block, size);
}

// Change a block's size where it is.
bool resize(Block *block, uint32_t size)
{
    const uint32_t old = block->size();
    if (size > old) {
        const uint32_t more = size - old;
        Block *next = block->behind();
        if (over_limit(more)) {
            return false;
        }
        if (next == top) {
            if (room_at_top() < more) {
                return false;
            }
            block->head += more;
            top = block->behind();
        } else if (!(next->head & used) && next->size() >= more) {
            unlink(next);
            block->head += next->size();
            block->behind()->head |= previous_used;
        } else {
            return false;
        }
    }
    trim(block, size);
    account(int32_t(block->size() - old));
    return true;
}

void *reallocate(void *payload, size_t bytes)
{
    if (!payload) {
        return allocate(bytes);
    }
    uint32_t old;
    {
        Masked masked;
        Block *block = checked(payload);
        const uint32_t size = block_size(bytes);
        old = block->size() - header_bytes;
        if (size && resize(block, size)) {
            return payload;
        }
    }
    void *moved = allocate(bytes);
    if (moved) {
        memcpy(moved, payload, old < bytes ? old : bytes);
        release(payload);
    }
    return moved;
}

// Cut the front off a larger block; the front goes back as a block of its own, so it must be large enough for one.
void *allocate_aligned(size_t alignment, size_t bytes)
{
    if (alignment <= 8) {
        return allocate(bytes);
    }
    auto *payload = static_cast<unsigned char *>(allocate(bytes + alignment + smallest));
    if (!payload) {
        return nullptr;
    }
    auto *aligned = reinterpret_cast<unsigned char *>((uint32_t(payload) + alignment - 1) & ~(alignment - 1));
    if (aligned != payload) {
        if (size_t(aligned - payload) < smallest) {
            aligned += alignment;
        }
        Masked masked;
        const uint32_t front = uint32_t(aligned - payload);
        of(aligned)->head = (of(payload)->size() - front) | used | previous_used;
        of(payload)->head -= of(payload)->size() - front;
    } else {
        return payload;
    }
    release(payload);
    return aligned;
}

} // namespace

HeapStats heap_stats()
{
    Masked masked;
    stats.region = uint32_t(__heap_end - __heap_start);
    return stats;
}

void heap_restart_peak()
{
    Masked masked;
    stats.peak = stats.current;
}

void heap_set_limit(uint32_t bytes)
{
    limit = bytes ? bytes : UINT32_MAX;
}

} // namespace tlsbench

// newlib calls the forms with _r for itself.
extern "C" {

void *malloc(size_t bytes)
{
    return tlsbench::allocate(bytes);
}

void free(void *payload)
{
    tlsbench::release(payload);
}

void *calloc(size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) {
        errno = ENOMEM;
        return nullptr;
    }
    void *payload = tlsbench::allocate(total);
    return payload ? memset(payload, 0, total) : nullptr;
}

void *realloc(void *payload, size_t bytes)
{
    return tlsbench::reallocate(payload, bytes);
}

void *memalign(size_t alignment, size_t bytes)
{
    return tlsbench::allocate_aligned(alignment, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return tlsbench::allocate_aligned(alignment, bytes);
}

void *_malloc_r(_reent *, size_t bytes)
{
    return tlsbench::allocate(bytes);
}

void _free_r(_reent *, void *payload)
{
    tlsbench::release(payload);
}

void *_calloc_r(_reent *, size_t count, size_t bytes)
{
    return calloc(count, bytes);
}

void *_realloc_r(_reent *, void *payload, size_t bytes)
{
    return tlsbench::reallocate(payload, bytes);
}

void *_memalign_r(_reent *, size_t alignment, size_t bytes)
{
    return tlsbench::allocate_aligned(alignment, bytes);
}
}
