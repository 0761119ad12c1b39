/*
 * The allocator's blocks and its lists of free ones; heap.cpp does the rest.
 *
 * A block is a header of 4 bytes (size, and whether it and the block before it are in use), then the payload at a
 * multiple of 8. A free block also holds list links, and its size in the last word, so that the block behind can find
 * its start.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench {

struct Block {
    static constexpr uint32_t used = 1, previous_used = 2, flags = 7;
    static constexpr uint32_t header_bytes = 4, smallest = 16;

    uint32_t head;
    Block *next, *previous; // while it is free

    static Block *at(uint32_t address) { return reinterpret_cast<Block *>(address); }
    static Block *of(void *payload) { return at(uint32_t(payload) - header_bytes); }

    uint32_t size() const { return head & ~flags; }
    bool is_used() const { return head & used; }
    void *payload() { return reinterpret_cast<unsigned char *>(this) + header_bytes; }
    Block *behind() { return at(uint32_t(this) + size()); }
    uint32_t &last_word() { return reinterpret_cast<uint32_t *>(behind())[-1]; }
    /// Of the block before, which must be free.
    uint32_t previous_size() const { return reinterpret_cast<const uint32_t *>(this)[-1]; }
};

/// Lists of free blocks by size: below 128 bytes one for each size, above one for each power of two. A bit per list
/// tells which hold any, so the next larger size is found without looking at empty lists.
class FreeBlocks {
public:
    void add(Block *block)
    {
        const uint32_t index = bin_of(block->size());
        block->previous = nullptr;
        block->next = _bins[index];
        if (block->next) {
            block->next->previous = block;
        }
        _bins[index] = block;
        _filled |= 1u << index;
    }

    void remove(Block *block)
    {
        if (block->next) {
            block->next->previous = block->previous;
        }
        if (block->previous) {
            block->previous->next = block->next;
            return;
        }
        const uint32_t index = bin_of(block->size());
        _bins[index] = block->next;
        if (!block->next) {
            _filled &= ~(1u << index);
        }
    }

    /// The smallest block of at least `size` bytes, still in its list; nullptr if there is none.
    Block *best_fit(uint32_t size) const
    {
        for (uint32_t candidates = _filled & ~0u << bin_of(size); candidates; candidates &= candidates - 1) {
            const uint32_t index = __builtin_ctz(candidates);
            if (index < exact_bins) {
                return _bins[index];
            }
            if (Block *best = smallest_in(_bins[index], size)) {
                return best;
            }
        }
        return nullptr;
    }

private:
    static constexpr uint32_t exact_bins = 14;

    static uint32_t bin_of(uint32_t size)
    {
        return size < 128 ? size / 8 - 2 : exact_bins + (31 - __builtin_clz(size)) - 7;
    }

    static Block *smallest_in(Block *list, uint32_t size)
    {
        Block *best = nullptr;
        for (Block *block = list; block; block = block->next) {
            if (block->size() == size) {
                return block;
            }
            if (block->size() > size && (!best || block->size() < best->size())) {
                best = block;
            }
        }
        return best;
    }

    Block *_bins[32] = {};
    uint32_t _filled = 0;
};

} // namespace tlsbench
