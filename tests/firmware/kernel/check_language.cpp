/* What the C and C++ run-time must provide: formatted text, static objects, mbed::Callback. */
#include "check.h"

#include <atomic>
#include <cstdarg>

namespace {

bool formats(const char *expected, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool formats(const char *expected, const char *format, ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    const int count = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return strcmp(text, expected) == 0 && count == int(strlen(expected));
}

int constructed;
struct Constructed {
    Constructed() { constructed++; }
} at_start;

struct Object {
    int add(int n) { return base + n; }
    int get() const { return base; }
    int base;
};

int twice(int n)
{
    return 2 * n;
}

int base_of(Object *object)
{
    return object->base;
}

} // namespace

CHECK(text, numbers)
{
    REQUIRE(formats("-5 5 +5  5", "%d %u %+d % d", -5, 5u, 5, 5));
    REQUIRE(formats("    7|7    |00007|007", "%5d|%-5d|%05d|%.3d", 7, 7, 7, 7));
    REQUIRE(formats("-0007|   -7", "%05d|%*d", -7, 5, -7));
    REQUIRE(formats("ff FF 0xff 0 17", "%x %X %#x %#x %o", 255u, 255u, 255u, 0u, 15u));
    REQUIRE(formats("-2147483648 4294967295", "%ld %lu", INT32_MIN, UINT32_MAX));
    REQUIRE(formats("-9223372036854775808", "%lld", INT64_MIN));
    REQUIRE(formats("18446744073709551615", "%llu", UINT64_MAX));
    REQUIRE(formats("ffffffffffffffff", "%llx", UINT64_MAX));
    REQUIRE(formats("255 -1 65535 -1 7", "%hhu %hhd %hu %hd %zu", 255, 255, 65535, 65535, size_t(7)));
    REQUIRE(formats("0x1234", "%p", reinterpret_cast<void *>(0x1234)));
    REQUIRE(formats("0|", "%d|%.0d", 0, 0));
}

CHECK(text, strings)
{
    REQUIRE(formats("ab|   ab|ab   |a", "%s|%5s|%-5s|%.1s", "ab", "ab", "ab", "ab"));
    REQUIRE(formats("x%y", "%c%%%c", 'x', 'y'));
    REQUIRE(formats("(null)", "%s", opaque<const char *>(nullptr)));
    REQUIRE(formats("", "%s", ""));
}

CHECK(text, stays_within_the_buffer)
{
    char text[6] = "?????";
    REQUIRE(snprintf(text, opaque(4), "%s", "abcdef") == 6);
    REQUIRE(strcmp(text, "abc") == 0 && text[4] == '?');
    REQUIRE(snprintf(nullptr, 0, "%d", 1234) == 4);
}

CHECK(language, static_objects_are_constructed_once)
{
    REQUIRE(constructed == 1);
    auto local = [] {
        static Constructed once;
        return constructed;
    };
    REQUIRE(local() == 2);
    REQUIRE(local() == 2);
}

CHECK(callback, calls_what_it_holds)
{
    Object object{40};
    const Object constant{7};
    Callback<int(int)> empty;
    REQUIRE(empty == nullptr && !empty);
    REQUIRE(Callback<int(int)>(twice)(21) == 42);
    REQUIRE(Callback<int(int)>(&object, &Object::add)(2) == 42);
    REQUIRE(callback(&constant, &Object::get)() == 7);
    REQUIRE(callback(&object, base_of)() == 40);
    int offset = 1;
    Callback<int(int)> lambda = [&offset](int n) { return n + offset; };
    REQUIRE(lambda != nullptr && lambda(1) == 2);
    Callback<int(int)> copy = lambda;
    REQUIRE(copy == lambda);
    copy = twice;
    REQUIRE(copy != lambda && copy == callback(twice));
    copy = nullptr;
    REQUIRE(copy == nullptr);
}

CHECK(atomic, values_change_in_one_go)
{
    std::atomic<uint32_t> number{40};
    REQUIRE(number++ == 40 && number.fetch_sub(1) == 41 && number.fetch_or(3) == 40 && number.fetch_and(2) == 43);
    REQUIRE(number.exchange(7) == 2);
    uint32_t expected = 8;
    REQUIRE(!number.compare_exchange_strong(expected, 9) && expected == 7);
    REQUIRE(number.compare_exchange_strong(expected, 9) && number == 9);
    std::atomic<bool> flag{false};
    REQUIRE(!flag.exchange(true) && flag.exchange(true));
}
