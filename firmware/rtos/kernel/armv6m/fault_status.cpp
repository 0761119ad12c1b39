/* Armv6-M has one fault, HardFault, and no register that says why (Armv6-M manual, B1.5.13): what can be known is known
   from the instruction that could not be executed. */
#include "platform/fault_status.h"

#include "board_config.h"
#include "platform/fault.h"
#include "platform/format.h"

namespace tlsbench {
namespace kernel {

namespace {

bool holds_code(uint32_t address)
{
    return address - BOARD_FLASH_ORIGIN < BOARD_FLASH_BYTES || address - BOARD_RAM_ORIGIN < BOARD_RAM_BYTES;
}

const char *cause(const Frame &frame)
{
    if (!holds_code(frame.pc)) {
        return "code fetched from memory that holds none";
    }
    if (!(frame.psr & psr_thumb)) {
        return "invalid state: a jump to an even address";
    }
    const uint16_t instruction = *reinterpret_cast<const uint16_t *>(frame.pc);
    if ((instruction & 0xFF00) == 0xDE00) {
        return "undefined instruction";
    }
    return "an access that is unaligned or to an address where nothing is, or an undefined instruction";
}

} // namespace

void fault_forget() {}

bool fault_frame_lost()
{
    return false;
}

bool fault_hit(uint32_t, uint32_t)
{
    return false;
}

void fault_say_cause(const Frame *frame)
{
    print_polled("%s", frame ? cause(*frame) : "unknown");
}

void fault_say_status() {}

} // namespace kernel

// The core has no division: these are called by the functions that stand in for it.
extern "C" {

void __aeabi_idiv0()
{
    fault("division by zero", "a division by zero");
}

void __aeabi_ldiv0()
{
    fault("division by zero", "a division by zero");
}
}

} // namespace tlsbench
