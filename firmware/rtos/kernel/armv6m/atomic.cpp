/* Armv6-M has no exclusive access: where another core changes a value in one go, the compiler calls these. Names and
   arguments: GCC's library of atomics. */
#include "rtos/kernel/port.h"

namespace tlsbench {
namespace kernel {

namespace {

template <typename T, typename F> T change(volatile void *at, F next)
{
    Masked masked;
    auto &value = *static_cast<volatile T *>(at);
    const T before = value;
    value = next(before);
    return before;
}

template <typename T> bool exchange_if(volatile void *at, void *expected, T desired)
{
    Masked masked;
    auto &value = *static_cast<volatile T *>(at);
    auto &wanted = *static_cast<T *>(expected);
    const bool equal = value == wanted;
    if (equal) {
        value = desired;
    } else {
        wanted = value;
    }
    return equal;
}

} // namespace

// By label: the compiler knows the names as its own.
#define ATOMIC(T, name, size, expression)                                                                              \
    T name##_##size(volatile void *at, T operand, int) asm("__atomic_" #name "_" #size);                               \
    T name##_##size(volatile void *at, T operand, int)                                                                 \
    {                                                                                                                  \
        return change<T>(at, [operand]([[maybe_unused]] T before) { return T(expression); });                          \
    }

#define ATOMICS(T, size)                                                                                               \
    ATOMIC(T, exchange, size, operand)                                                                                 \
    ATOMIC(T, fetch_add, size, before + operand)                                                                       \
    ATOMIC(T, fetch_sub, size, before - operand)                                                                       \
    ATOMIC(T, fetch_and, size, before &operand)                                                                        \
    ATOMIC(T, fetch_or, size, before | operand)                                                                        \
    bool compare_exchange_##size(volatile void *at, void *expected, T desired, bool, int,                              \
                                 int) asm("__atomic_compare_exchange_" #size);                                         \
    bool compare_exchange_##size(volatile void *at, void *expected, T desired, bool, int, int)                         \
    {                                                                                                                  \
        return exchange_if<T>(at, expected, desired);                                                                  \
    }

ATOMICS(uint8_t, 1)
ATOMICS(uint32_t, 4)

} // namespace kernel
} // namespace tlsbench
