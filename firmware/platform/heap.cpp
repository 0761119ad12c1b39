/*
 * The allocator. Not newlib-nano's: that one walks a single list of all free blocks, from the lowest address, and takes
 * the first that fits. So the big numbers of public-key arithmetic, asked for by the thousand, walk past every hole
 * each time, and split those that a record buffer would fit in. This one takes the best fit, finds a small block
 * without a search, and merges free neighbours at once. What lies beyond `top` was never used, or is free again, and is
 * taken only when nothing else fits.
 *
 * Interrupts are masked while the lists change: shorter than taking a mutex.
 */
#include "platform/heap.h"

#include "platform/fault.h"
#include "platform/heap_blocks.h"
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

FreeBlocks free_blocks;
Block *const first = Block::at(uint32_t(__heap_start) + Block::header_bytes);
Block *top = first; // the block before it is in use, or there is none
HeapStats stats;
uint32_t limit = UINT32_MAX;

uint32_t region_bytes()
{
    return uint32_t(__heap_end) - uint32_t(__heap_start);
}

uint32_t room_at_top()
{
    return uint32_t(__heap_end) - Block::header_bytes - uint32_t(top);
}

bool over_limit(uint32_t more)
{
    return stats.current + more > limit;
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

// The size of the block for a payload, 0 if there can be none.
uint32_t block_size(size_t bytes)
{
    if (bytes > region_bytes()) {
        return 0;
    }
    const uint32_t size = uint32_t(bytes + Block::header_bytes + 7) & ~7u;
    return size < Block::smallest ? Block::smallest : size;
}

// Make [block, block + size) free and merge it with what is free behind it. The block before is in use.
void make_free(Block *block, uint32_t size)
{
    Block *next = Block::at(uint32_t(block) + size);
    if (next == top) {
        top = block;
        return;
    }
    if (!next->is_used()) {
        free_blocks.remove(next);
        size += next->size();
        next = next->behind();
    }
    next->head &= ~Block::previous_used;
    block->head = size | Block::previous_used;
    block->last_word() = size;
    free_blocks.add(block);
}

// Give back what a block in use has beyond `size`.
void trim(Block *block, uint32_t size)
{
    const uint32_t spare = block->size() - size;
    if (spare >= Block::smallest) {
        block->head -= spare;
        make_free(block->behind(), spare);
    }
}

Block *take(uint32_t size)
{
    Block *block = free_blocks.best_fit(size);
    if (block) {
        free_blocks.remove(block);
        block->head |= Block::used;
        block->behind()->head |= Block::previous_used;
        trim(block, size);
    } else if (room_at_top() >= size) {
        block = top;
        block->head = size | Block::used | Block::previous_used;
        top = block->behind();
    }
    return block;
}

// The block of a pointer that free() or realloc() was given; anything else there has spoilt the heap.
Block *checked(void *payload)
{
    Block *block = Block::of(payload);
    if (uint32_t(payload) % 8 || block < first || block >= top || !block->is_used()) {
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
    block->head &= ~Block::used; // in case the pointer is freed twice
    if (!(block->head & Block::previous_used)) {
        const uint32_t before = block->previous_size();
        block = Block::at(uint32_t(block) - before);
        free_blocks.remove(block);
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
        } else if (!next->is_used() && next->size() >= more) {
            free_blocks.remove(next);
            block->head += next->size();
            block->behind()->head |= Block::previous_used;
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
    uint32_t held;
    {
        Masked masked;
        Block *block = checked(payload);
        const uint32_t size = block_size(bytes);
        held = block->size() - Block::header_bytes;
        if (size && resize(block, size)) {
            return payload;
        }
    }
    void *moved = allocate(bytes);
    if (moved) {
        memcpy(moved, payload, held < bytes ? held : bytes);
        release(payload);
    }
    return moved;
}

// Cuts an aligned block out of a larger one. What is cut off in front must be large enough for a block of its own.
void *allocate_aligned(size_t alignment, size_t bytes)
{
    if (alignment <= 8 || bytes > region_bytes()) {
        return allocate(bytes);
    }
    void *payload = allocate(bytes + alignment + Block::smallest);
    if (!payload) {
        return nullptr;
    }
    uint32_t front = -uint32_t(payload) & (alignment - 1);
    if (front && front < Block::smallest) {
        front += alignment;
    }
    Masked masked;
    Block *block = Block::of(payload);
    if (front) {
        Block *rest = Block::at(uint32_t(block) + front);
        rest->head = (block->size() - front) | Block::used | Block::previous_used;
        block->head -= block->size() - front;
        release(payload);
        block = rest;
    }
    resize(block, block_size(bytes));
    return block->payload();
}

} // namespace

HeapStats heap_stats()
{
    Masked masked;
    stats.region = region_bytes();
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
    return malloc(bytes);
}

void _free_r(_reent *, void *payload)
{
    free(payload);
}

void *_calloc_r(_reent *, size_t count, size_t bytes)
{
    return calloc(count, bytes);
}

void *_realloc_r(_reent *, void *payload, size_t bytes)
{
    return realloc(payload, bytes);
}

void *_memalign_r(_reent *, size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}
}
