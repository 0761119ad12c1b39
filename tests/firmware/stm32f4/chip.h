/* A model of an STM32F4 as its drivers see it: clock tree, wait states, one timer, SysTick and one USART (reference
   manual RM0090, sections 3, 7, 18 and 30). Time goes by with each access to a register. What no chip would bear ends
   the program: a clock that is changed while in use, a bus that is too fast, an interrupt that never ends. */
#pragma once

#include <cstdint>
#include <map>
#include <string>

struct Chip {
    // What kind of chip it is, and what is wrong with it.
    bool has_clocks = true;     ///< false: as an emulator without them, whose registers read as 0
    uint32_t oscillator_hz = 0; ///< 0: it does not start
    bool pll_locks = true;
    double pll_starts_us = 200; ///< from on to locked
    double pll_stops_us = 20;   ///< from off to no longer ready
    uint32_t timer_hz = 0;      ///< before its prescaler; 0: as the clock tree gives
    bool line_stays_up = false; ///< the USART lets go of its interrupt only when a byte is read (QEMU 7.2)

    bool flags_fall_late = false; ///< the USART's interrupt comes once more after the handler that ended it

    double held_up_at_us = 0; ///< an emulator that is not let run for 150 ms then, once; 0: it is not held up

    // What it does.
    double now_us = 0;
    std::string incoming; ///< what a sender that waits has for the USART
    std::string sent;     ///< by the USART
    std::map<uint32_t, uint32_t> registers = {{0x4002'3800, 1},
                                              {0x4002'3804, 0x2400'3010}}; // the clocks' after a reset
    bool line_enabled = false;                                             ///< the USART's interrupt, at the core
    int interrupts = 0;                                                    ///< taken

    uint32_t core_hz() const; ///< by what the clock tree is set to
    uint32_t bus_hz(int divider_bit) const;
    void deliver(uint8_t byte); ///< to the USART, from a sender that does not wait
    void wait();                ///< some time, and the interrupts that come meanwhile

    uint32_t read(uint32_t address);
    void write(uint32_t address, uint32_t value);

private:
    uint32_t selected() const;
    uint32_t pll_hz() const;
    bool pll_locked() const;
    void take_incoming();
    double timer_rate() const; ///< ticks per microsecond
    uint32_t timer_count() const;
    double systick_cycles() const;
    uint32_t serial_status() const;
    bool line_up() const;
    void select_clock(uint32_t configuration);

    double timer_from_us = 0, systick_from_us = 0, sent_until_us = 0, pll_on_us = 0, pll_off_us = -1e9;
    uint32_t timer_from = 0, prescaler = 0, systick_wraps = 0;
    uint32_t received = 0; ///< bits of the USART's status
    uint8_t byte = 0;
    bool line_held = false;
};

extern Chip chip;
