/* Stands in for the core: registers are memory, at the addresses that the chip has them at. */
#pragma once

#include <cstdint>

namespace tlsbench {
namespace kernel {

inline volatile uint32_t &reg(uint32_t address)
{
    return *reinterpret_cast<volatile uint32_t *>(uintptr_t(address));
}

} // namespace kernel
} // namespace tlsbench
