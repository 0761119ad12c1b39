/* The random number generator of an nRF51 (reference manual, section 20): thermal noise, one byte at a time. */
#include "board_config.h"
#include "drivers/entropy_source.h"
#include "drivers/nrf51/peripheral.h"
#include "rtos/ThisThread.h"

namespace tlsbench {

using namespace nrf51;

namespace {

constexpr uint32_t start = BOARD_RNG_BASE + 0x000, stop = BOARD_RNG_BASE + 0x004, ready = BOARD_RNG_BASE + 0x100;
constexpr uint32_t configuration = BOARD_RNG_BASE + 0x504, value = BOARD_RNG_BASE + 0x508;
constexpr uint32_t correct_bias = 1;

// With its bias corrected a byte takes 0.7 ms as a rule (product specification, table 46); it is not constant.
constexpr int patience_ms = 50;

// The repetition count test of NIST SP 800-90B, 4.4.1: with at least 4 bits of entropy in a byte, so many equal ones in
// a row come by chance once in 2 to the power of 20.
constexpr int most_equal = 6;

bool next(uint8_t &byte)
{
    for (int waited_ms = 0; !happened(ready); waited_ms++) {
        if (waited_ms == patience_ms) {
            return false;
        }
        rtos::ThisThread::sleep_for(std::chrono::milliseconds(1));
    }
    forget(ready);
    byte = uint8_t(kernel::reg(value));
    return true;
}

bool fill(uint8_t *out, size_t bytes)
{
    for (size_t i = 0, equal = 1; i < bytes; i++) {
        if (!next(out[i])) {
            return false;
        }
        equal = i && out[i] == out[i - 1] ? equal + 1 : 1;
        if (equal == most_equal) {
            return false;
        }
    }
    return true;
}

} // namespace

bool entropy_source_read(uint8_t *out, size_t bytes)
{
    kernel::reg(configuration) = correct_bias;
    forget(ready);
    trigger(start);
    const bool healthy = fill(out, bytes);
    trigger(stop);
    return healthy;
}

} // namespace tlsbench
