#include "command.h"

#include "platform/CriticalSectionLock.h"
#include "platform/fault.h"
#include "rtos/Mutex.h"
#include "rtos/Semaphore.h"
#include "rtos/Thread.h"

#include <atomic>
#include <climits>
#include <cstdlib>
#include <new>

namespace {

// The compiler must see neither what is wrong nor that nobody looks at the outcome.
template <typename T> T opaque(T value)
{
    asm volatile("" : "+r"(value) : : "memory");
    return value;
}

char *volatile kept; // so that nothing is lost besides

char *make_block()
{
    kept = static_cast<char *>(malloc(10));
    return opaque<char *>(kept);
}

void give_back(char *block)
{
    free(opaque(block));
}

void overflow_heap()
{
    char *block = make_block();
    block[opaque(10)] = 1;
}

void overflow_new()
{
    kept = new (std::nothrow) char[10];
    opaque<char *>(kept)[opaque(10)] = 1;
}

void use_freed()
{
    char *block = make_block();
    give_back(block);
    *block = 1;
}

void free_twice()
{
    char *block = make_block();
    give_back(block);
    give_back(block);
}

void overflow_int()
{
    opaque(opaque(INT_MAX) + 1);
}

void unlock_foreign()
{
    rtos::Mutex().unlock();
}

void wait_in_critical_section()
{
    mbed::CriticalSectionLock lock;
    rtos::Semaphore().acquire();
}

void leak()
{
    for (int i = 0; i < 16; i++) {
        opaque(static_cast<char *>(malloc(100))); // the stack keeps one of them in sight, not all
    }
}

void race()
{
    static int counter;
    static std::atomic<bool> done{false};
    rtos::Thread other;
    other.start([] {
        counter = opaque(counter + 1);
        done.store(true, std::memory_order_relaxed); // which orders nothing
    });
    // Two writes at the very same moment may hide from ThreadSanitizer, each seeing what was before the other.
    while (!done.load(std::memory_order_relaxed)) {
    }
    counter = opaque(counter + 1);
    other.join();
}

void run_out_of_memory()
{
    kept = new char[opaque(size_t(1) << 40)];
}

} // namespace

const Command mistakes[] = {
    {"heap-overflow", overflow_heap},
    {"new-overflow", overflow_new},
    {"use-after-free", use_freed},
    {"double-free", free_twice},
    {"int-overflow", overflow_int},
    {"foreign-unlock", unlock_foreign},
    {"wait-in-critical-section", wait_in_critical_section},
    {"leak", leak},
    {"race", race},
    {"out-of-memory", run_out_of_memory},
    {nullptr, nullptr},
};
