/* The scheduler: which thread runs, who waits for what and until when. Interrupts are masked in every function that
   takes a Masked; the running thread stays in the queue of ready threads, whose first is the one to run. */
#pragma once

#include "rtos/Kernel.h"
#include "rtos/kernel/objects.h"
#include "rtos/kernel/port.h"

namespace tlsbench {
namespace kernel {

constexpr uint32_t slot_limit = 31;     ///< slots 0..30 are threads'
constexpr uint32_t interrupt_slot = 31; ///< the stack of interrupts and of start-up
constexpr uint32_t guard_bytes = 32;
constexpr uint32_t null_bytes = 128; ///< from address 0: what the MPU takes for a null pointer

extern Tcb *threads; ///< list of all threads that exist
extern WaitQueue ready;

/// Add a thread and let it run. False if no slot is left.
bool start(Tcb &thread, void (*entry)(void *), void *argument);
/// Take a thread away, wherever it is; its mutexes are released. If it is the running one it stops when `masked` ends.
void end(Masked &masked, Tcb &thread);

/// Block the running thread until wake() or the deadline; stops with a fault where nothing may block.
Wake wait(Masked &masked, WaitQueue *queue, State state, uint64_t deadline_us);
/// The same in two steps, for what must happen between joining the queue and sleeping.
void wait_begin(Masked &masked, WaitQueue *queue, State state, uint64_t deadline_us);
Wake wait_finish(Masked &masked);
/// End a thread's wait.
void wake(Masked &masked, Tcb &thread, Wake how);
/// End the waits of all threads in a queue whose object goes away.
void wake_all_gone(Masked &masked, WaitQueue &queue);
/// Move the running thread behind the ready ones of its priority.
void yield(Masked &masked);

/// Change a thread's own priority.
void set_base_priority(Masked &masked, Tcb &thread, uint8_t priority);
/// Work out a thread's priority again from its own and its mutexes' waiters, and on along the chain of owners.
void refresh_priority(Masked &masked, Tcb *thread);
/// Hand a mutex on to its first waiter.
void release(Masked &masked, MutexState &mutex);

bool mutex_lock(MutexState &mutex, uint64_t deadline_us);
void mutex_unlock(MutexState &mutex);

uint32_t flags_set(FlagsState &state, uint32_t flags);
uint32_t flags_clear(FlagsState &state, uint32_t flags);
uint32_t flags_wait(FlagsState &state, uint32_t flags, uint32_t options, State waiting, uint64_t deadline_us);

/// Deadlines in microseconds of uptime. 0 means "do not wait".
uint64_t deadline_after(rtos::Kernel::Clock::duration_u32 time);
uint64_t deadline_at(rtos::Kernel::Clock::time_point time);

/// Bytes of a thread's stack: in use now, and the most ever used. 0 where the stack is not the kernel's.
uint32_t stack_in_use(const Tcb &thread);
uint32_t stack_deepest(const Tcb &thread);

/// End the timed waits that are due. Called by the alarm.
void expire();

} // namespace kernel
} // namespace tlsbench
