/* The Armv7-M cores and the Armv8-M ones with the Main Extension: what they have and Armv6-M does not. */
#pragma once

#include "rtos/kernel/port.h"

namespace tlsbench {
namespace kernel {

/// Registers of the system control space.
namespace scs {
constexpr uint32_t vtor = 0xE000ED08;
constexpr uint32_t ccr = 0xE000ED14, shpr1 = 0xE000ED18, shcsr = 0xE000ED24;
constexpr uint32_t cfsr = 0xE000ED28, hfsr = 0xE000ED2C, mmfar = 0xE000ED34, bfar = 0xE000ED38;
constexpr uint32_t cpacr = 0xE000ED88;
constexpr uint32_t mpu_type = 0xE000ED90, mpu_control = 0xE000ED94, mpu_number = 0xE000ED98, mpu_base = 0xE000ED9C;
constexpr uint32_t mpu_enable = 1 << 0, mpu_default_map = 1 << 2;
constexpr uint32_t sfsr = 0xE000EDE4, sfar = 0xE000EDE8; // with security states only
} // namespace scs

/// Whether the core knows secure and non-secure state, and limits of its stack pointers.
#if defined(__ARM_FEATURE_CMSE)
constexpr bool is_armv8m = true;
#else
constexpr bool is_armv8m = false;
#endif

/// What stops at the end of each stack and at null pointers: the folders armv7m and armv8m.
void protection_init();

} // namespace kernel
} // namespace tlsbench
