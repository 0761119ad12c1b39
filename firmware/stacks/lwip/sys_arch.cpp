// lwIP's operating system layer, over rtos/. lwIP makes what it needs once, at start, and never gives it back.

#include "lwip/opt.h"
#include "lwip/sys.h"
#include "platform/CriticalSectionLock.h"
#include "platform/clock.h"
#include "platform/mbed_assert.h"
#include "platform/stack.h"
#include "rtos/Mutex.h"
#include "rtos/Semaphore.h"
#include "rtos/Thread.h"

#include <new>

struct lwip_mutex {
    rtos::Mutex mutex;
};

/// A ring of pointers. Posting never waits: lwIP's interrupt posts one message at a time, and callers use the lock.
struct lwip_mailbox {
    static constexpr unsigned size = TCPIP_MBOX_SIZE;
    void *messages[size];
    unsigned first = 0;
    unsigned count = 0;
    rtos::Semaphore filled;

    bool post(void *message)
    {
        {
            mbed::CriticalSectionLock lock;
            if (count == size) {
                return false;
            }
            messages[(first + count++) % size] = message;
        }
        filled.release();
        return true;
    }

    void *take()
    {
        mbed::CriticalSectionLock lock;
        void *message = messages[first];
        first = (first + 1) % size;
        count--;
        return message;
    }
};

namespace {

constexpr int mutexes_max = 2; // the core lock and the heap's
lwip_mutex mutexes[mutexes_max];
int mutexes_used = 0;
lwip_mailbox mailbox; // the lwIP thread's
bool mailbox_used = false;

TLSBENCH_STACK(lwip_stack, TCPIP_THREAD_STACKSIZE);
alignas(rtos::Thread) unsigned char thread_memory[sizeof(rtos::Thread)];

} // namespace

extern "C" {

void sys_init(void) {}

u32_t sys_now(void)
{
    return u32_t(tlsbench::uptime_us() / 1000);
}

sys_prot_t sys_arch_protect(void)
{
    core_util_critical_section_enter();
    return 0;
}

void sys_arch_unprotect(sys_prot_t)
{
    core_util_critical_section_exit();
}

err_t sys_mutex_new(sys_mutex_t *mutex)
{
    if (mutexes_used == mutexes_max) {
        return ERR_MEM;
    }
    *mutex = &mutexes[mutexes_used++];
    return ERR_OK;
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
    (*mutex)->mutex.lock();
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
    (*mutex)->mutex.unlock();
}

err_t sys_mbox_new(sys_mbox_t *box, int size)
{
    if (mailbox_used || size > int(lwip_mailbox::size)) {
        return ERR_MEM;
    }
    mailbox_used = true;
    *box = &mailbox;
    return ERR_OK;
}

err_t sys_mbox_trypost(sys_mbox_t *box, void *message)
{
    return (*box)->post(message) ? ERR_OK : ERR_MEM;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *box, void *message)
{
    return sys_mbox_trypost(box, message);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *box, void **message, u32_t timeout_ms)
{
    if (timeout_ms == 0) {
        (*box)->filled.acquire();
    } else if (!(*box)->filled.try_acquire_for(rtos::Kernel::Clock::duration_u32(timeout_ms))) {
        return SYS_ARCH_TIMEOUT;
    }
    *message = (*box)->take();
    return 0; // the time waited: lwIP no longer uses it
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function, void *argument, int stack_size, int priority)
{
    MBED_ASSERT(stack_size == int(sizeof lwip_stack));
    auto *thread = new (thread_memory) rtos::Thread(osPriority(priority), sizeof lwip_stack, lwip_stack, name);
    struct Task {
        lwip_thread_fn function;
        void *argument;
    } task{function, argument};
    const osStatus status = thread->start([task]() { task.function(task.argument); });
    MBED_ASSERT(status == osOK);
    return thread;
}

} // extern "C"
