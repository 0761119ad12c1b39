/* Checks that register themselves, run by name, and say on the console what became of them. */
#pragma once

#include "mbed.h"

struct Check {
    Check(const char *name, void (*run)());

    const char *const name;
    void (*const run)();
    Check *next;
    static Check *first;
};

/// Where a REQUIRE failed; the first one counts.
void check_failed(const char *file, int line, const char *what);

/// What a check would need that the board does not have.
void check_absent(const char *what);

/// CHECK(topic, name) { ... } defines one check. Its name on the console is topic.name.
#define CHECK(topic, name)                                                                                             \
    static void check_##topic##_##name();                                                                              \
    static Check registration_##topic##_##name(#topic "." #name, check_##topic##_##name);                              \
    static void check_##topic##_##name()

#define REQUIRE(expression)                                                                                            \
    do {                                                                                                               \
        if (!(expression)) {                                                                                           \
            check_failed(__FILE__, __LINE__, #expression);                                                             \
        }                                                                                                              \
    } while (0)

/// In a check: leave it out unless the board has this, and say so.
#define NEED(condition, what)                                                                                          \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            check_absent(what);                                                                                        \
            return;                                                                                                    \
        }                                                                                                              \
    } while (0)

/// Stacks for the threads of one check or fault: all share them, for a board may have little RAM.
extern unsigned char stack_a[1024], stack_b[1024], stack_c[1024];

/// The same value, of which the compiler knows nothing: for what it would warn of or optimise away.
template <typename T> T opaque(T value)
{
    asm volatile("" : "+r"(value));
    return value;
}

/// A device interrupt that nothing on any of the boards handles.
constexpr int unused_interrupt = 4;

/// Have an interrupt come, at once.
void raise_interrupt(int number);

/// Run a function in an interrupt handler, at once.
void in_interrupt(mbed::Callback<void()> function);

/// Characters in the order in which threads passed by.
class Trail {
public:
    void pass(char c)
    {
        mbed::CriticalSectionLock lock;
        _text[_length++ % (sizeof _text - 1)] = c;
    }
    bool is(const char *expected) const { return strcmp(_text, expected) == 0; }

private:
    char _text[32] = {};
    size_t _length = 0;
};
