/* What the kernel costs, measured by itself. With QEMU's -icount shift=0 the clock counts instructions: 1000 per us. */
#include "check.h"
#include "command.h"
#include "platform/clock.h"
#include "rtos/kernel/objects.h"

namespace {

constexpr int rounds = 1000;

// Nanoseconds of one round of `body`, the loop's own cost included.
template <typename F> uint32_t measure(F body)
{
    const uint64_t start = tlsbench::uptime_us();
    for (int i = 0; i < rounds; i++) {
        body();
    }
    return uint32_t(tlsbench::uptime_us() - start) * 1000 / rounds;
}

} // namespace

void print_costs()
{
    volatile uint64_t seen;
    Mutex mutex;
    Semaphore semaphore(0);
    const uint32_t clock = measure([&] { seen = tlsbench::uptime_us(); });
    const uint32_t lock = measure([&] {
        mutex.lock();
        mutex.unlock();
    });
    const uint32_t token = measure([&] {
        semaphore.release();
        semaphore.acquire();
    });
    const uint32_t heap = measure([&] { free(opaque(malloc(40))); });
    uint32_t yields;
    {
        bool stop = false;
        Thread other(osPriorityNormal, sizeof stack_a, stack_a, "other");
        other.start([&] {
            while (!stop) {
                ThisThread::yield();
            }
        });
        yields = measure([] { ThisThread::yield(); }) / 2;
        stop = true;
        other.join();
    }
    uint32_t handover;
    {
        Semaphore ping(0), pong(0);
        Thread other(osPriorityHigh, sizeof stack_a, stack_a, "other");
        other.start([&] {
            for (;;) {
                ping.acquire();
                pong.release();
            }
        });
        handover = measure([&] {
            ping.release();
            pong.acquire();
        });
        other.terminate();
    }
    printf("cost clock: %lu\ncost mutex: %lu\ncost semaphore: %lu\n", clock, lock, token);
    printf("cost malloc and free: %lu\ncost yield: %lu\ncost ping-pong: %lu\n", heap, yields, handover);
    printf("size of Thread: %u, of which control block: %u\n", sizeof(Thread), sizeof(tlsbench::kernel::Tcb));
    printf("size of Mutex: %u, Semaphore: %u, EventFlags: %u\n", sizeof(Mutex), sizeof(Semaphore), sizeof(EventFlags));
    printf("done\n");
}
