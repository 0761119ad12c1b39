// The thread that reads the line in an image whose application leaves that to its network stack. In an image with the
// agent, which has start_reading() too, the linker takes none of this.
#include "line/line.h"

#include "drivers/serial.h"
#include "platform/mbed_assert.h"
#include "platform/stack.h"
#include "rtos/Thread.h"

#include <new>

namespace tlsbench::line {

namespace {

TLSBENCH_STACK(line_stack, MBED_CONF_OFFLOAD_STACK_BYTES);
uint8_t bytes[cobs_bytes(MBED_CONF_OFFLOAD_FRAME_BYTES + kFrameOverhead)];

void read_on()
{
    FrameReader reader(bytes);
    for (;;) {
        uint8_t some[32];
        const size_t count = serial_read(some, sizeof some, rtos::Kernel::Clock::duration_u32(tick()));
        read(reader, some, count);
    }
}

} // namespace

void start_reading()
{
    // In storage of its own: the end of a process, which destroys what is static, does not wait for it.
    alignas(rtos::Thread) static unsigned char storage[sizeof(rtos::Thread)];
    static auto &thread = *new (storage) rtos::Thread(osPriorityAboveNormal, sizeof line_stack, line_stack, "line");
    static bool started = false;
    if (!started) {
        started = true;
        const osStatus status = thread.start(read_on);
        MBED_ASSERT(status == osOK);
    }
}

} // namespace tlsbench::line
