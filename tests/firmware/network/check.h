// What the checks share. A check returns its verdict as text; its argument is a port of the host, where it has one.
#pragma once

#include "mbed.h"
#include "netsocket/NetworkInterface.h"
#include "netsocket/TCPSocket.h"
#include "netsocket/UDPSocket.h"
#include "platform/clock.h"

#include <cstdio>
#include <cstring>

struct Verdict {
    bool pass;
    char detail[160];
};

template <typename... Args> Verdict verdict(bool pass, const char *format, Args... args)
{
    Verdict result{pass, {}};
    snprintf(result.detail, sizeof result.detail, format, args...);
    return result;
}

/// End the check unless a result is as it should be.
#define EXPECT(wanted, expression)                                                                                     \
    do {                                                                                                               \
        const long got_ = long(expression);                                                                            \
        if (got_ != long(wanted)) {                                                                                    \
            return verdict(false, "line %d: %s gave %ld, not %ld", __LINE__, #expression, got_, long(wanted));         \
        }                                                                                                              \
    } while (0)

#define EXPECT_BETWEEN(low, high, expression)                                                                          \
    do {                                                                                                               \
        const long got_ = long(expression);                                                                            \
        if (got_ < long(low) || got_ > long(high)) {                                                                   \
            return verdict(false, "line %d: %s gave %ld, not %ld to %ld", __LINE__, #expression, got_, long(low),      \
                           long(high));                                                                                \
        }                                                                                                              \
    } while (0)

struct Check {
    const char *name;
    Verdict (*run)(const char *argument);
};

extern const Check connection_checks[], transfer_checks[], blocking_checks[], name_checks[],
    datagram_checks[]; // each ends with null

// --- what depends on the stack: on_lwip.cpp, on_offload.cpp ---

/// Checks of the stack's own.
extern const Check stack_checks[];

/// The host's address on the board's network.
extern const char *const host_address;

/// Milliseconds by which a call may be late.
extern const uint32_t slack_ms;

/// The next command, without its end.
void read_command(char *line, size_t size);

// --- what the checks share ---

NetworkInterface *network();
/// The host, at the port that the argument says.
SocketAddress host(const char *argument);
/// The second word of an argument.
inline const char *behind_space(const char *argument)
{
    return argument + strcspn(argument, " ") + 1;
}
/// Whole milliseconds that a call took.
template <typename F> uint32_t elapsed_ms(F call)
{
    const uint64_t start = tlsbench::uptime_us();
    call();
    return uint32_t((tlsbench::uptime_us() - start) / 1000);
}
/// Milliseconds that a call took which may end `least` after it began: where it was late, it is made again. A machine
/// that has much else to do makes some calls late, a call that waits too long is late each time.
template <typename F> uint32_t soonest_ms(uint32_t least, F call)
{
    uint32_t took = 0;
    for (int tries = 0; tries < 5; tries++) {
        took = elapsed_ms(call);
        if (took <= least + slack_ms) {
            break;
        }
    }
    return took;
}
