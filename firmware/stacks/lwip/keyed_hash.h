#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsbench {
namespace lwip {

/// A hash under a key that comes from the seed of all entropy; another seed makes another key. Needs lwIP's lock.
/// @param size bytes of `data`
uint64_t keyed_hash(const void *data, size_t size);

} // namespace lwip
} // namespace tlsbench
