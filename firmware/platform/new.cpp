/* operator new and delete in all forms, on the one heap. */
#include "platform/fault.h"
#include "platform/heap.h"

#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

void *allocate_or_fault(size_t bytes, size_t alignment = 8)
{
    if (void *payload = aligned_alloc(alignment, bytes)) {
        return payload;
    }
    static char reason[96];
    const tlsbench::HeapStats heap = tlsbench::heap_stats();
    snprintf(reason, sizeof reason, "operator new of %lu bytes; %lu of the heap's %lu are in use",
             static_cast<unsigned long>(bytes), static_cast<unsigned long>(heap.current),
             static_cast<unsigned long>(heap.region));
    tlsbench::fault("out of memory", reason);
}

} // namespace

void *operator new(size_t bytes)
{
    return allocate_or_fault(bytes);
}

void *operator new[](size_t bytes)
{
    return allocate_or_fault(bytes);
}

void *operator new(size_t bytes, std::align_val_t alignment)
{
    return allocate_or_fault(bytes, size_t(alignment));
}

void *operator new[](size_t bytes, std::align_val_t alignment)
{
    return allocate_or_fault(bytes, size_t(alignment));
}

void *operator new(size_t bytes, const std::nothrow_t &) noexcept
{
    return malloc(bytes);
}

void *operator new[](size_t bytes, const std::nothrow_t &) noexcept
{
    return malloc(bytes);
}

void operator delete(void *payload) noexcept
{
    free(payload);
}

void operator delete[](void *payload) noexcept
{
    free(payload);
}

void operator delete(void *payload, size_t) noexcept
{
    free(payload);
}

void operator delete[](void *payload, size_t) noexcept
{
    free(payload);
}

void operator delete(void *payload, std::align_val_t) noexcept
{
    free(payload);
}

void operator delete[](void *payload, std::align_val_t) noexcept
{
    free(payload);
}

void operator delete(void *payload, const std::nothrow_t &) noexcept
{
    free(payload);
}

void operator delete[](void *payload, const std::nothrow_t &) noexcept
{
    free(payload);
}
