/* Queues of waiting threads, and when a wait ends: what schedulers share. */
#pragma once

#include "rtos/kernel/objects.h"

namespace tlsbench {
namespace kernel {

/// Put a thread behind those of its priority, or before them.
void insert(WaitQueue &queue, Tcb &thread, bool before_equals = false);
/// Take a thread out of the queue it is in, if it is in one.
void remove(Tcb &thread);

} // namespace kernel
} // namespace tlsbench
