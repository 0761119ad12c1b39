/* Stands in for the core: registers are those of a model of the chip (chip.h). */
#pragma once

#include "platform/NonCopyable.h"

#include <cstdint>

/// The model's: what a read gives, and what a write does.
uint32_t chip_read(uint32_t address);
void chip_write(uint32_t address, uint32_t value);

namespace tlsbench {
namespace kernel {

class Register {
public:
    explicit Register(uint32_t address) : _address(address) {}
    operator uint32_t() const { return chip_read(_address); }
    void operator=(uint32_t value) { chip_write(_address, value); }
    void operator|=(uint32_t bits) { chip_write(_address, chip_read(_address) | bits); }
    void operator&=(uint32_t bits) { chip_write(_address, chip_read(_address) & bits); }

private:
    const uint32_t _address;
};

inline Register reg(uint32_t address)
{
    return Register(address);
}

namespace scs {
constexpr uint32_t systick_control = 0xE000E010, systick_reload = 0xE000E014, systick_value = 0xE000E018;
}

class Masked : private mbed::NonCopyable<Masked> {
public:
    Masked() {}
    ~Masked() {}
};

} // namespace kernel
} // namespace tlsbench
