/* What the firmware asks of the C library otherwise than a Linux process would. */
#include <cstring>

extern "C" {

#if !defined(__GLIBC_PREREQ) || !__GLIBC_PREREQ(2, 38)
size_t strlcpy(char *to, const char *from, size_t room)
{
    const size_t length = strlen(from);
    if (room) {
        const size_t copied = length < room ? length : room - 1;
        memcpy(to, from, copied);
        to[copied] = 0;
    }
    return length;
}
#endif

/// Objects with static storage live for ever, as on a board: other threads use them until the process has ended. The
/// linker leads the firmware's own calls here (--wrap); what the C library and a sanitizer do at the end, they do.
int __wrap___cxa_atexit(void (*)(void *), void *, void *)
{
    return 0;
}
}
