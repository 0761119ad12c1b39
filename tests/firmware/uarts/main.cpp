/* The UARTs' drivers on memory in the place of registers: what no emulator does to them. */
#include "by_name.h"
#include "drivers/serial.h"
#include "drivers/uart.h"
#include "platform/clock.h"
#include "platform/irq.h"
#include "uart_registers.h"

#include <sys/mman.h>

using namespace tlsbench;

void tlsbench::irq_enable(int) {}
void tlsbench::irq_disable(int) {}
void uart::received() {}
bool uart::sent()
{
    return false;
}
uint64_t tlsbench::uptime_us()
{
    return 0;
}

namespace {

void lost_bytes_are_counted()
{
    uint8_t byte = 0;
    byte_comes('a', false);
    REQUIRE(uart::take(byte) && byte == 'a' && serial_overruns == 0);
    byte_comes('b', true);
    REQUIRE(uart::take(byte) && byte == 'b' && serial_overruns == 1);
    REQUIRE(loss_is_forgotten());
    byte_comes('c', false);
    REQUIRE(uart::take(byte) && byte == 'c' && serial_overruns == 1);
}

const NamedCheck checks[] = {
    CHECK(lost_bytes_are_counted),
};

} // namespace

int main(int, char **arguments)
{
    constexpr size_t size = 0x1000;
    void *const where = reinterpret_cast<void *>(uintptr_t(BOARD_UART0_BASE));
    REQUIRE(mmap(where, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) ==
            where);
    return run_by_name(checks, arguments);
}
