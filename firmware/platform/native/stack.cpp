#include "platform/stack.h"

namespace tlsbench {

// A thread's stack is the operating system's, and a sanitizer's frames say nothing of the target's: none is told.
size_t thread_stats(ThreadStats *, size_t)
{
    return 0;
}

void stacks_restart_peak() {}

} // namespace tlsbench
