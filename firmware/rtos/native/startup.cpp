/* From the start of the process to main(): before the constructors of static objects, as on a board. */
#include "drivers/serial.h"
#include "platform/clock.h"
#include "rtos/native/main_thread.h"

namespace {

tlsbench::kernel::Tcb main_thread;

__attribute__((constructor(101))) void boot()
{
    main_thread.name = "main";
    main_thread.base_priority = osPriorityNormal;
    tlsbench::clock_start();
    tlsbench::serial_init();
    tlsbench::kernel::adopt_main_thread(main_thread);
}

} // namespace
