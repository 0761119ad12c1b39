/* Registers of the system control space that Armv6-M cores do not have. */
#pragma once

#include "rtos/kernel/port.h"

namespace tlsbench {
namespace kernel {
namespace scs {

constexpr uint32_t vtor = 0xE000ED08;
constexpr uint32_t ccr = 0xE000ED14, shpr1 = 0xE000ED18, shcsr = 0xE000ED24;
constexpr uint32_t cfsr = 0xE000ED28, hfsr = 0xE000ED2C, mmfar = 0xE000ED34, bfar = 0xE000ED38;
constexpr uint32_t cpacr = 0xE000ED88;
constexpr uint32_t mpu_type = 0xE000ED90, mpu_control = 0xE000ED94, mpu_number = 0xE000ED98, mpu_base = 0xE000ED9C,
                   mpu_attributes = 0xE000EDA0;

} // namespace scs
} // namespace kernel
} // namespace tlsbench
