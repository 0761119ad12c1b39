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
}
