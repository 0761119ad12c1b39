/* Cortex-M System Design Kit Technical Reference Manual, section 4.3: bit 3 of the state is the overrun, which is
   cleared by writing it. */
#include "uart_registers.h"

void byte_comes(uint8_t byte, bool lost)
{
    uart_register(0) = byte;
    uart_register(4) = 1 << 1 | (lost ? 1 << 3 : 0);
}

bool loss_is_forgotten()
{
    return uart_register(4) == 1 << 3;
}
