/* Guards below the stacks, by the memory protection unit (Armv7-M Architecture Reference Manual, B3.5). */
#include "rtos/kernel/mainline/registers.h"
#include "rtos/kernel/scheduler.h"
#include "rtos/kernel/startup.h"

namespace tlsbench {
namespace kernel {

namespace {

constexpr uint32_t mpu_attributes = 0xE000EDA0, mpu_base_valid = 1 << 4;
constexpr uint32_t mpu_region_enable = 1 << 0, mpu_no_access = 0u << 24, mpu_read_only = 6u << 24,
                   mpu_never_execute = 1u << 28;
enum { guard_region, interrupt_guard_region, null_region };

constexpr uint32_t mpu_size(uint32_t log2_bytes)
{
    return (log2_bytes - 1) << 1;
}

void mpu_region(uint32_t number, uint32_t base, uint32_t attributes)
{
    reg(scs::mpu_base) = base | mpu_base_valid | number;
    reg(mpu_attributes) = attributes | mpu_region_enable;
}

// Guards are read-only rather than out of bounds: the kernel reads the paint, and an overflow always writes first.
constexpr uint32_t guard_attributes = mpu_read_only | mpu_never_execute | mpu_size(5);
static_assert(guard_bytes == 1 << 5);

bool has_mpu;

} // namespace

void protection_init()
{
    has_mpu = reg(scs::mpu_type) != 0;
    if (has_mpu) {
        mpu_region(interrupt_guard_region, uint32_t(interrupt_stack), guard_attributes);
        // The vector table lies there, which the core reads past the MPU: nobody else has business with a null pointer.
        mpu_region(null_region, 0, mpu_no_access | mpu_never_execute | mpu_size(7));
        static_assert(null_bytes == 1 << 7);
        mpu_region(guard_region, uint32_t(interrupt_stack), guard_attributes); // until port_guard() moves it
        reg(scs::mpu_control) = scs::mpu_enable | scs::mpu_default_map;
        asm volatile("dsb\n isb");
    }
}

void port_guard(const Tcb &thread)
{
    if (has_mpu) {
        reg(scs::mpu_base) = (uint32_t(thread.stack_limit) - guard_bytes) | mpu_base_valid | guard_region;
    }
}

} // namespace kernel
} // namespace tlsbench
