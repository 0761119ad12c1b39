/* The fault status registers: Armv7-M Architecture Reference Manual, B3.2.15 to B3.2.18; Armv8-M's has those of
   SecureFault besides. */
#include "platform/fault_status.h"

#include "platform/format.h"
#include "rtos/kernel/mainline/registers.h"
#include "rtos/kernel/scheduler.h"

namespace tlsbench {
namespace kernel {

namespace {

constexpr uint32_t memory_address_valid = 1 << 7, bus_address_valid = 1 << 15;
constexpr uint32_t could_not_stack = 1 << 4 | 1 << 12, stack_limit = is_armv8m ? 1 << 20 : 0;
constexpr uint32_t secure_address_valid = 1 << 6;

// The first bit that is set says the cause.
struct Cause {
    uint32_t bit;
    const char *text;
};
constexpr Cause causes[] = {
    {0, "code fetched from memory that holds none"},
    {1, "forbidden data access"},
    {3, "forbidden data access on return from an exception"},
    {4, "forbidden data access on entry to an exception"},
    {5, "forbidden data access while saving FPU state"},
    {8, "bus error on fetching code"},
    {9, "precise data bus error"},
    {10, "imprecise data bus error"},
    {11, "bus error on return from an exception"},
    {12, "bus error on entry to an exception"},
    {13, "bus error while saving FPU state"},
    {16, "undefined instruction"},
    {17, "invalid state: a jump to an even address"},
    {18, "invalid return from an exception"},
    {19, "no coprocessor, or the FPU is off"},
    {20, "the stack pointer went below its limit"},
    {24, "unaligned access"},
    {25, "division by zero"},
};

constexpr Cause secure_causes[] = {
    {0, "secure code entered other than by its gateway"},
    {1, "the frame of an exception has no integrity signature"},
    {2, "return from an exception to the other security state"},
    {3, "secure memory, used from non-secure code"},
    {4, "non-secure memory, branched to from secure code"},
    {5, "security violation while saving FPU state"},
    {7, "bus error while saving FPU state"},
};

template <size_t count> const char *find(const Cause (&known)[count], uint32_t status)
{
    for (const Cause &cause : known) {
        if (status >> cause.bit & 1) {
            return cause.text;
        }
    }
    return nullptr;
}

const char *cause()
{
    if (const char *found = find(causes, reg(scs::cfsr))) {
        return found;
    }
    if (const char *found = is_armv8m ? find(secure_causes, reg(scs::sfsr)) : nullptr) {
        return found;
    }
    return reg(scs::hfsr) & 2 ? "the vector table could not be read" : "unknown";
}

} // namespace

void fault_forget()
{
    reg(scs::cfsr) = UINT32_MAX; // ones clear
    reg(scs::hfsr) = UINT32_MAX;
    if (is_armv8m) {
        reg(scs::sfsr) = UINT32_MAX;
    }
}

bool fault_frame_lost()
{
    return reg(scs::cfsr) & could_not_stack;
}

bool fault_hit(uint32_t from, uint32_t to)
{
    const uint32_t status = reg(scs::cfsr), address = reg(scs::mmfar);
    return status & stack_limit || (status & memory_address_valid && address >= from && address < to);
}

void fault_say_cause(const Frame *)
{
    print_polled("%s", cause());
    if (reg(scs::cfsr) & bus_address_valid) {
        print_polled(" at 0x%08lx", reg(scs::bfar));
    } else if (reg(scs::cfsr) & memory_address_valid) {
        const uint32_t address = reg(scs::mmfar);
        print_polled(" at 0x%08lx%s", address, address < null_bytes ? " (null pointer)" : "");
    } else if (is_armv8m && reg(scs::sfsr) & secure_address_valid) {
        print_polled(" at 0x%08lx", reg(scs::sfar));
    }
}

void fault_say_status()
{
    print_polled("cfsr: 0x%08lx\nhfsr: 0x%08lx\n", reg(scs::cfsr), reg(scs::hfsr));
    print_polled("mmfar: 0x%08lx\nbfar: 0x%08lx\n", reg(scs::mmfar), reg(scs::bfar));
    if (is_armv8m) {
        print_polled("sfsr: 0x%08lx\nsfar: 0x%08lx\n", reg(scs::sfsr), reg(scs::sfar));
    }
}

} // namespace kernel
} // namespace tlsbench
