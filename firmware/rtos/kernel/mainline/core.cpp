/* Faults under their own names, and the FPU (Armv7-M and Armv8-M Architecture Reference Manuals, chapters B1 and B3).
 */
#include "board_config.h"
#include "rtos/kernel/mainline/registers.h"

namespace tlsbench {
namespace kernel {

void core_init()
{
    if constexpr (BOARD_FLASH_ORIGIN != 0) {
        reg(scs::vtor) = BOARD_FLASH_ORIGIN; // whatever address 0 shows: a chip may have something else there
    }
    reg(scs::shpr1) = 0;
    reg(scs::shcsr) |= (is_armv8m ? 15u : 7u) << 16; // memory, bus, usage and secure faults under their own names
    reg(scs::ccr) |= 1u << 9 | 1u << 4;              // 8-byte aligned exception frames, trap division by zero
#if BOARD_FPU
    reg(scs::cpacr) |= 0xFu << 20; // lazy saving is the reset state of FPCCR
    asm volatile("dsb\n isb");
#endif
    protection_init();
}

} // namespace kernel
} // namespace tlsbench
