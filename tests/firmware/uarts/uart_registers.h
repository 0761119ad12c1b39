/* What the checks need of a UART's registers: each chip family's file knows them. They are plain memory, so that a
   driver sees what a check has put there. */
#pragma once

#include "board_config.h"
#include "rtos/kernel/port.h"

#include <cstdint>

/// A byte is there to be taken; before it others may have been lost.
void byte_comes(uint8_t byte, bool lost);

/// Whether the driver has told the UART that it knows of the loss, or the UART knows it by itself.
bool loss_is_forgotten();

inline volatile uint32_t &uart_register(uint32_t offset)
{
    return tlsbench::kernel::reg(BOARD_UART0_BASE + offset);
}
