#include "platform/probe.h"

#include "rtos/kernel/port.h"

extern "C" volatile uint8_t tlsbench_probe[64];
volatile uint8_t tlsbench_probe[64];

namespace tlsbench {

namespace {

enum Command { command_thread = 16, command_mark, command_call_begin, command_call_end, command_measure };

void argument(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        tlsbench_probe[value >> shift & 0xF] = 0;
    }
}

// Masked: the plugin has one queue of arguments.
void say(Command command, uint32_t id)
{
    kernel::Masked masked;
    argument(id);
    tlsbench_probe[command] = 0;
}

} // namespace

void probe_thread(uint32_t slot, uint32_t stack_base, uint32_t stack_size)
{
    kernel::Masked masked;
    argument(slot);
    argument(stack_base);
    argument(stack_size);
    tlsbench_probe[command_thread] = 0;
}

void probe_mark(uint32_t id)
{
    say(command_mark, id);
}

void probe_measure()
{
    tlsbench_probe[command_measure] = 0;
}

void probe_call_begin(uint32_t id)
{
    say(command_call_begin, id);
}

void probe_call_end(uint32_t id)
{
    say(command_call_end, id);
}

} // namespace tlsbench
