#include "watcher.h"

#include "Watched.h"
#include "platform/mbed_assert.h"
#include "platform/stack.h"
#include "rtos/Thread.h"

#include <cerrno>
#include <new>
#include <sys/epoll.h>

namespace tlsbench {
namespace posix {

namespace {

TLSBENCH_STACK(watcher_stack, OS_STACK_SIZE); // so that none is taken from the heap
rtos::Mutex lock;
int events = -1;

// Edge-triggered: one event per change, as interrupts give them. An event that was fetched before its socket closed
// tells the pool's entry of nothing, or of too much: InternetSocket looks for itself.
void serve()
{
    for (;;) {
        epoll_event some[16];
        const int count = epoll_wait(events, some, sizeof some / sizeof some[0], -1);
        MBED_ASSERT(count >= 0 || errno == EINTR);
        for (int i = 0; i < count; i++) {
            rtos::ScopedMutexLock hold(lock);
            static_cast<Watched *>(some[i].data.ptr)->changed();
        }
    }
}

} // namespace

rtos::Mutex &stack_lock()
{
    return lock;
}

void start_watching()
{
    // In storage of its own, so that the end of the process, which destroys what is static, does not wait for it.
    alignas(rtos::Thread) static unsigned char storage[sizeof(rtos::Thread)];
    static auto &thread =
        *new (storage) rtos::Thread(osPriorityAboveNormal, sizeof watcher_stack, watcher_stack, "posix");
    rtos::ScopedMutexLock hold(lock);
    if (events < 0) {
        events = epoll_create1(EPOLL_CLOEXEC);
        MBED_ASSERT(events >= 0);
        const osStatus status = thread.start(serve);
        MBED_ASSERT(status == osOK);
    }
}

bool watch(int descriptor, Watched &socket)
{
    epoll_event wanted = {};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    wanted.data.ptr = &socket;
    return epoll_ctl(events, EPOLL_CTL_ADD, descriptor, &wanted) == 0;
}

} // namespace posix
} // namespace tlsbench
