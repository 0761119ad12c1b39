#include "command.h"

#include "drivers/serial.h"

#include <cstdio>
#include <cstring>

namespace {

const Command *find(const Command *commands, const char *name)
{
    while (commands->name && strcmp(commands->name, name) != 0) {
        commands++;
    }
    return commands->name ? commands : nullptr;
}

void run(const char *name)
{
    const Command *command = find(mistakes, name);
    command = command ? command : find(checks, name);
    if (!command) {
        printf("unknown: %s\n", name);
        return;
    }
    command->run();
    printf("passed: %s\n", name);
}

} // namespace

int main()
{
    char name[32];
    size_t length = 0;
    for (;;) { // the end of the line ends the process
        uint8_t byte;
        if (!tlsbench::serial_read(&byte, 1, rtos::Kernel::wait_for_u32_forever)) {
            continue;
        }
        if (byte != '\n' && length < sizeof name - 1) {
            name[length++] = char(byte);
            continue;
        }
        name[length] = 0;
        length = 0;
        run(name);
    }
}
