/* Busy waits, for drivers. A thread that can wait longer than some microseconds should sleep instead. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

void wait_us(int us);

#ifdef __cplusplus
}
#endif
