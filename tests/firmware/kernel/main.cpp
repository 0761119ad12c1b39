#include "mbed.h"
#include "platform/heap.h"
#include "platform/stack.h"
#include "platform/clock.h"
int main()
{
    printf("hello %d %s %llu\n", -5, "world", 12345678901234ull);
    for (int i = 0; i < 3; i++) {
        ThisThread::sleep_for(100ms);
        printf("%lu us\n", (unsigned long)tlsbench::uptime_us());
    }
    tlsbench::ThreadStats s[8];
    size_t n = tlsbench::thread_stats(s, 8);
    for (size_t i = 0; i < n; i++) printf("%s slot %lu peak %lu of %lu\n", s[i].name, s[i].slot, s[i].stack_peak, s[i].stack_size);
    volatile int *v = new int[1000000000/4]; *v = 1;
}
