/* The CMSIS-RTOS2 names that Mbed OS's API shows to applications. */
#pragma once

#include <stdint.h>

typedef enum {
    osPriorityNone = 0,
    osPriorityIdle = 1,
    osPriorityLow = 8,
    osPriorityBelowNormal = 16,
    osPriorityNormal = 24,
    osPriorityAboveNormal = 32,
    osPriorityHigh = 40,
    osPriorityRealtime = 48,
    osPriorityISR = 56,
    osPriorityError = -1,
    osPriorityReserved = 0x7FFFFFFF,
} osPriority_t;
typedef osPriority_t osPriority;

typedef enum {
    osOK = 0,
    osError = -1,
    osErrorTimeout = -2,
    osErrorResource = -3,
    osErrorParameter = -4,
    osErrorNoMemory = -5,
    osErrorISR = -6,
    osStatusReserved = 0x7FFFFFFF,
} osStatus_t;
typedef osStatus_t osStatus;

typedef void *osThreadId_t;

#define osWaitForever 0xFFFFFFFFu

#define osFlagsWaitAny 0x00000000u
#define osFlagsWaitAll 0x00000001u
#define osFlagsNoClear 0x00000002u
#define osFlagsError 0x80000000u
#define osFlagsErrorUnknown 0xFFFFFFFFu
#define osFlagsErrorTimeout 0xFFFFFFFEu
#define osFlagsErrorResource 0xFFFFFFFDu
#define osFlagsErrorParameter 0xFFFFFFFCu
#define osFlagsErrorISR 0xFFFFFFFAu

#ifndef OS_STACK_SIZE
#define OS_STACK_SIZE 4096
#endif
