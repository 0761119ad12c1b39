/* The blob area: where the host puts certificates and keys before a call uses them. */
#pragma once

#include "agent.pb.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench::agent {

/// Returns false if that goes beyond the area, and then writes nothing.
bool blob_put(uint32_t offset, const uint8_t *data, size_t length);

/// The bytes of a range, or null if it goes beyond the area.
const uint8_t *blob_at(const tlsbench_Range &range);

/// The same as a C string, or null also if no zero byte ends the range or follows it.
const char *blob_string(const tlsbench_Range &range);

} // namespace tlsbench::agent
