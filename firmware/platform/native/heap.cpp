/*
 * Heap accounting over the C library's allocator, which under AddressSanitizer finds what runs over a block's end, and
 * what is used or freed after it was freed. The linker leads the firmware's own calls here (--wrap); what the C library
 * and the sanitizers take for themselves is not the firmware's.
 */
#include "platform/heap.h"

#include "rtos/kernel/port.h"

#include <cerrno>
#include <cstdlib>
#include <malloc.h>

extern "C" {
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *payload, size_t bytes);
void *__real_aligned_alloc(size_t alignment, size_t bytes);
void __real_free(void *payload);
/// AddressSanitizer's: whether this is a live block.
int __sanitizer_get_ownership(const volatile void *payload) __attribute__((weak));
}

namespace tlsbench {

using kernel::Masked;

namespace {

HeapStats stats; // its region stays 0: there is none
uint32_t limit = UINT32_MAX;

// Reserved before the block is made, so that two threads cannot go over the limit together.
bool reserve(size_t bytes)
{
    Masked masked;
    if (bytes > limit || stats.current > limit - bytes) {
        errno = ENOMEM;
        return false;
    }
    stats.current += uint32_t(bytes);
    return true;
}

// 0 for what is no live block: the sanitizer is to complain of what is done with it, not of this.
size_t size_of(void *payload)
{
    const bool live = payload && (!__sanitizer_get_ownership || __sanitizer_get_ownership(payload));
    return live ? malloc_usable_size(payload) : 0;
}

void give_back(size_t bytes)
{
    Masked masked;
    stats.current -= uint32_t(bytes);
}

// The block's size is what malloc_usable_size() says of it, for that is what its free will give back.
void *account(void *payload, size_t reserved)
{
    Masked masked;
    stats.current -= uint32_t(reserved);
    if (payload) {
        stats.current += uint32_t(malloc_usable_size(payload));
    }
    if (stats.current > stats.peak) {
        stats.peak = stats.current;
    }
    return payload;
}

} // namespace

HeapStats heap_stats()
{
    Masked masked;
    return stats;
}

void heap_restart_peak()
{
    Masked masked;
    stats.peak = stats.current;
}

void heap_set_limit(uint32_t bytes)
{
    Masked masked;
    limit = bytes ? bytes : UINT32_MAX;
}

} // namespace tlsbench

using namespace tlsbench;

extern "C" {

void *__wrap_malloc(size_t bytes)
{
    return reserve(bytes) ? account(__real_malloc(bytes), bytes) : nullptr;
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) {
        errno = ENOMEM;
        return nullptr;
    }
    return reserve(total) ? account(__real_calloc(count, bytes), total) : nullptr;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes)
{
    // The C library wants whole multiples of the alignment; operator new gives what an object has.
    const size_t whole = (bytes + alignment - 1) / alignment * alignment;
    return reserve(whole) ? account(__real_aligned_alloc(alignment, whole), whole) : nullptr;
}

void __wrap_free(void *payload)
{
    const size_t bytes = size_of(payload);
    __real_free(payload);
    give_back(bytes);
}

void *__wrap_realloc(void *payload, size_t bytes)
{
    const size_t before = size_of(payload);
    if (!reserve(bytes)) {
        return nullptr;
    }
    void *moved = __real_realloc(payload, bytes);
    if (moved) {
        give_back(before);
    }
    return account(moved, bytes);
}
}
