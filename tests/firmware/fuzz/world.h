// The world that a fuzz target runs in: one thread, a clock that only waits move, a heap that can refuse.
#pragma once

#include "rtos/Kernel.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// What must hold whatever comes in. It ends the program, which to a fuzzer is a find.
#define MUST(condition)                                                                                                \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

namespace world {

/// Have the client's random numbers begin anew: they are the same every time.
void reseed();

void let_time_pass(rtos::Kernel::Clock::duration_u32 time);

/// Have the allocation after the next `count` ones refused; negative: none.
void refuse_allocation(long count);
/// Blocks that came from calloc() and were not freed.
size_t blocks();

/// Take signatures, MACs and Finished messages for good, whatever they are: what a server that has the keys could send.
void believe_everything(bool yes);

/// A repeatable stand-in for random numbers, in Mbed TLS's form (f_rng); `state` is a uint64_t.
int numbers(void *state, unsigned char *out, size_t size);

} // namespace world
