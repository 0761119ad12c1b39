#pragma once

#include "rtos/EventFlags.h"
#include "rtos/Kernel.h"
#include "rtos/Mutex.h"
#include "rtos/Semaphore.h"
#include "rtos/ThisThread.h"
#include "rtos/Thread.h"
