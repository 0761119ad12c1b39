/* What start-up and scheduler share. */
#pragma once

#include "rtos/kernel/objects.h"

namespace tlsbench {
namespace kernel {

/// Let the thread that the process began with be one of the kernel's.
void adopt_main_thread(Tcb &thread);

} // namespace kernel
} // namespace tlsbench
