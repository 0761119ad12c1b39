// Runs one check per command that comes over the serial line, "NAME [ARGUMENT]", and answers "PASS NAME DETAIL" or
// "FAIL NAME DETAIL".
#include "check.h"

#include "platform/stack.h"

#include <cstdlib>
#include <cstring>

NetworkInterface *network()
{
    return NetworkInterface::get_default_instance();
}

SocketAddress host(const char *argument)
{
    return SocketAddress(host_address, uint16_t(atoi(argument)));
}

namespace {

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
    for (const Check *list :
         {connection_checks, transfer_checks, blocking_checks, name_checks, datagram_checks, stack_checks}) {
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
        read_command(line, sizeof line);
        char *argument = strchr(line, ' ');
        if (argument) {
            *argument++ = '\0';
        }
        const Verdict result = run(line, argument ? argument : "");
        printf("%s %s %s\n", result.pass ? "PASS" : "FAIL", line, result.detail);
    }
}
