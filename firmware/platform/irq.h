/*
 * The board's interrupts. An interrupt's number is a BOARD_<PERIPHERAL>_IRQ macro of board_config.h, and its handler is
 * found by name: [peripherals.ethernet] irq in board.toml calls
 *     extern "C" void ethernet_irq_handler();
 * and [peripherals.uart0] rx_irq calls uart0_rx_irq_handler. Define it in the source file that also holds the driver's
 * init function: a static library's object is linked only if something else in it is needed.
 * An interrupt without a handler stops with a fault report.
 */
#pragma once

namespace tlsbench {

/// Let the interrupt through. Handlers do not preempt each other, and may wake threads.
void irq_enable(int number);
void irq_disable(int number);
/// Have the interrupt come, as if its peripheral had asked for it.
void irq_pend(int number);

} // namespace tlsbench
