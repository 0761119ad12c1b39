// Runs one check per line of the serial line, "NAME [ARGUMENT]", and answers "PASS NAME DETAIL" or "FAIL NAME DETAIL".
#include "check.h"

#include "drivers/serial.h"
#include "platform/stack.h"

#include <cstdlib>
#include <cstring>

NetworkInterface *network()
{
    return NetworkInterface::get_default_instance();
}

SocketAddress host(const char *argument)
{
    return SocketAddress("10.0.2.2", uint16_t(atoi(argument)));
}

namespace {

void read_line(char *line, size_t size)
{
    size_t length = 0;
    while (true) {
        uint8_t byte;
        if (tlsbench::serial_read(&byte, 1, 1s) == 0) {
            continue;
        }
        if (byte == '\n') {
            line[length] = '\0';
            return;
        }
        if (length + 1 < size) {
            line[length++] = char(byte);
        }
    }
}

Verdict run(const char *name, const char *argument)
{
    if (strcmp(name, "stacks") == 0) {
        tlsbench::ThreadStats threads[8];
        const size_t count = tlsbench::thread_stats(threads, 8);
        for (size_t i = 0; i < count; i++) {
            printf("stack %s %u of %u\n", threads[i].name, unsigned(threads[i].stack_peak),
                   unsigned(threads[i].stack_size));
        }
        return verdict(true, "%u threads", unsigned(count));
    }
    for (const Check *list : {connection_checks, transfer_checks, blocking_checks, stack_checks, datagram_checks}) {
        for (const Check *check = list; check->name; check++) {
            if (strcmp(check->name, name) == 0) {
                return check->run(argument);
            }
        }
    }
    return verdict(false, "no such check");
}

} // namespace

int main()
{
    puts("READY");
    while (true) {
        char line[400];
        read_line(line, sizeof line);
        char *argument = strchr(line, ' ');
        if (argument) {
            *argument++ = '\0';
        }
        const Verdict result = run(line, argument ? argument : "");
        printf("%s %s %s\n", result.pass ? "PASS" : "FAIL", line, result.detail);
    }
}
