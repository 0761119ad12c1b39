// With lwIP, which has the serial line to itself: a command is a line of text. Checks of the port's random numbers and
// sequence numbers.
#include "check.h"

#include "drivers/serial.h"
#include "platform/entropy.h"
#include "stacks/lwip/port/lwip_hooks.h"
#include "stacks/lwip/port/lwip_random.h"
#include "stacks/lwip/siphash.h"

#include <cstring>

namespace {

/// The example of the paper's appendix A.
Verdict siphash(const char *)
{
    uint8_t bytes[16];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = static_cast<uint8_t>(i);
    }
    tlsbench::lwip::SipKey key;
    memcpy(&key, bytes, sizeof key);
    const uint64_t hash = tlsbench::lwip::siphash(key, bytes, 15);
    return verdict(true, "%08x%08x", unsigned(hash >> 32), unsigned(hash));
}

void seed(uint8_t value)
{
    uint8_t bytes[tlsbench::ENTROPY_MIN_BYTES];
    memset(bytes, value, sizeof bytes);
    tlsbench::entropy_inject(bytes, sizeof bytes);
}

uint32_t first_sequence_number(uint16_t port)
{
    return lwip_tcp_isn(0x0f02000a, port, 0x0202000a, 443);
}

/// How far apart two numbers are on their circle.
uint32_t between(uint32_t one, uint32_t other)
{
    return one - other < other - one ? one - other : other - one;
}

Verdict random_numbers(const char *)
{
    constexpr uint32_t second = 250'000; // sequence numbers per second
    seed(1);
    const uint32_t start = first_sequence_number(50'000), other_port = first_sequence_number(50'001);
    const uint32_t number = lwip_random(), next = lwip_random();
    EXPECT(true, number != next);
    EXPECT(true, between(other_port, start) > second);
    ThisThread::sleep_for(100ms);
    EXPECT_BETWEEN(second / 10, 10 * second, first_sequence_number(50'000) - start); // with a pause of the machine's
    seed(2);
    EXPECT(true, between(first_sequence_number(50'000), start) > second);
    const uint32_t other_number = lwip_random();
    EXPECT(true, number != other_number && next != other_number);
    seed(1);
    EXPECT(true, between(first_sequence_number(50'000), start) <= 20 * second);
    EXPECT(number, lwip_random());
    return verdict(true, "%08x %08x", unsigned(number), unsigned(next));
}

} // namespace

const char *const host_address = "10.0.2.2"; // QEMU's user network
const uint32_t slack_ms = 30;

void read_command(char *line, size_t size)
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

const Check stack_checks[] = {
    {"siphash", siphash},
    {"random_numbers", random_numbers},
    {nullptr, nullptr},
};
