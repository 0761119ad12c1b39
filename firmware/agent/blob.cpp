#include "blob.h"

#include "capacity.h"

#include <cstring>

namespace tlsbench::agent {

namespace {

uint8_t area[kBlobBytes];

bool inside(uint32_t offset, size_t length)
{
    return offset <= sizeof area && length <= sizeof area - offset;
}

} // namespace

bool blob_put(uint32_t offset, const uint8_t *data, size_t length)
{
    if (!inside(offset, length)) {
        return false;
    }
    memcpy(&area[offset], data, length);
    return true;
}

const uint8_t *blob_at(const tlsbench_Range &range)
{
    return inside(range.offset, range.length) ? &area[range.offset] : nullptr;
}

const char *blob_string(const tlsbench_Range &range)
{
    if (!inside(range.offset, range.length)) {
        return nullptr;
    }
    size_t room = sizeof area - range.offset;
    size_t within = range.length < room ? range.length + 1 : room;
    return memchr(&area[range.offset], 0, within) ? reinterpret_cast<const char *>(&area[range.offset]) : nullptr;
}

} // namespace tlsbench::agent
