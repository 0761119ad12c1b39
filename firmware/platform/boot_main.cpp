/* Around an application's main(), which the linker calls __real_main(). */
#include "platform/boot.h"

#include <cstdio>

extern "C" {

int __real_main();

int __wrap_main()
{
    tlsbench::take_boot_values();
    const int status = __real_main();
    printf("tlsbench: main() returned %d\n", status); // on a board nobody else would say so
    return status;
}
}
