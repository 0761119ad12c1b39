// Addresses as text, host names, name servers.
#include "check.h"

namespace {

Verdict parse(const char *argument)
{
    const SocketAddress address(argument, 7);
    const char *text = address.get_ip_address();
    EXPECT(true, address == SocketAddress(address.get_addr(), 7));
    EXPECT(text != nullptr, address != SocketAddress(nullptr, 7));
    return verdict(true, "%d %s", address.get_ip_version(), text ? text : "-");
}

Verdict resolve(const char *argument)
{
    SocketAddress address("9.9.9.9", 443);
    const nsapi_error_t error = network()->gethostbyname(argument, &address);
    EXPECT(443, address.get_port());
    return verdict(true, "%d %s", error, address.get_ip_address());
}

Verdict add_dns_server(const char *argument)
{
    return verdict(true, "%d", network()->add_dns_server(argument));
}

/// Nobody is there to answer: what is given up leaves its place to others at once, and is not heard of again.
Verdict impatient_queries(const char *)
{
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

const Check name_checks[] = {
    {"parse", parse},
    {"resolve", resolve},
    {"add_dns_server", add_dns_server},
    {"impatient_queries", impatient_queries},
    {nullptr, nullptr},
};
