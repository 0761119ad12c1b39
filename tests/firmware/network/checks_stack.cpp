// lwIP's port: random numbers, sequence numbers, queries.
#include "check.h"

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
    EXPECT_BETWEEN(second / 10, second, first_sequence_number(50'000) - start);
    seed(2);
    EXPECT(true, between(first_sequence_number(50'000), start) > second);
    const uint32_t other_number = lwip_random();
    EXPECT(true, number != other_number && next != other_number);
    seed(1);
    EXPECT(true, between(first_sequence_number(50'000), start) <= second);
    EXPECT(number, lwip_random());
    return verdict(true, "%08x %08x", unsigned(number), unsigned(next));
}

/// Nobody is there to answer: what is given up leaves its place to others at once, and is not heard of again.
Verdict impatient_queries(const char *)
{
    EXPECT(NSAPI_ERROR_OK, network()->add_dns_server("10.0.2.99"));
    static volatile int answers[2];
    answers[0] = answers[1] = 0;
    const auto count = [](nsapi_value_or_error_t, SocketAddress *) { answers[0] = answers[0] + 1; };
    const auto count_other = [](nsapi_value_or_error_t, SocketAddress *) { answers[1] = answers[1] + 1; };
    char name[] = "a.test";
    int last = 0;
    for (name[0] = 'a'; name[0] <= 'z'; name[0]++) {
        const int id = network()->gethostbyname_async(name, count);
        EXPECT(true, id > last);
        EXPECT(NSAPI_ERROR_OK, network()->gethostbyname_async_cancel(id));
        EXPECT(NSAPI_ERROR_PARAMETER, network()->gethostbyname_async_cancel(id));
        last = id;
    }
    // Queries that go on take all places. One that is given up, of two for the same name, leaves the other alone.
    const int one_of_two = network()->gethostbyname_async("same.test", count);
    EXPECT(true, one_of_two > last);
    for (const char *other : {"same.test", "b.test", "c.test"}) {
        EXPECT(true, network()->gethostbyname_async(other, count_other) > last);
    }
    EXPECT(NSAPI_ERROR_DNS_FAILURE, network()->gethostbyname_async("d.test", count));
    EXPECT(NSAPI_ERROR_OK, network()->gethostbyname_async_cancel(one_of_two));
    SocketAddress address;
    const uint64_t start = Kernel::get_ms_count();
    EXPECT(NSAPI_ERROR_DNS_FAILURE, network()->gethostbyname("d.test", &address));
    const auto took = uint32_t(Kernel::get_ms_count() - start);
    EXPECT_BETWEEN(1, 60'000, took);
    for (int i = 0; i < 100 && answers[1] < 3; i++) {
        ThisThread::sleep_for(100ms);
    }
    EXPECT(0, answers[0]);
    EXPECT(3, answers[1]);
    return verdict(true, "given up after %u ms", unsigned(took));
}

} // namespace

const Check stack_checks[] = {
    {"siphash", siphash},
    {"random_numbers", random_numbers},
    {"impatient_queries", impatient_queries},
    {nullptr, nullptr},
};
