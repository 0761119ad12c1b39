// lwIP's operating system types, over rtos/. Each comes from a static pool in sys_arch.cpp.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

struct lwip_mutex;
struct lwip_mailbox;
typedef struct lwip_mutex *sys_mutex_t;
typedef struct lwip_mailbox *sys_mbox_t;
typedef void *sys_thread_t;
typedef void *sys_sem_t; // only the APIs that are left out need semaphores

#define sys_mutex_valid(mutex) (*(mutex) != 0)
#define sys_mutex_set_invalid(mutex) (*(mutex) = 0)
#define sys_mbox_valid(mailbox) (*(mailbox) != 0)
#define sys_mbox_set_invalid(mailbox) (*(mailbox) = 0)

#ifdef __cplusplus
}
#endif
