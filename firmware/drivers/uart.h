/*
 * Between the serial line (drivers/serial.cpp) and the registers of a UART, which are the chip family's matter. All of
 * it is called with interrupts masked, but for the two at the end.
 */
#pragma once

#include <cstdint>

namespace tlsbench {
namespace uart {

/// Set the line up and let its interrupts through. Called once, by serial_init().
void start();

/// Take the next byte that has come.
/// @return false if there is none
bool take(uint8_t &byte);

/// Send a byte.
/// @return false if there is no room for it yet; sent() is to be called when there is
bool give(uint8_t byte);

/// Let the interrupt for bytes that have come through, or hold it back while nobody reads them.
void let_receive(bool on);

/// From the UART's interrupt handler: bytes have come.
void received();

/// From the UART's interrupt handler: there is room for more bytes.
/// @return whether there is more to send
bool sent();

} // namespace uart
} // namespace tlsbench
