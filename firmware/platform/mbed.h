/* Everything that an application may use, as in Mbed OS. */
#pragma once

#include "platform/Callback.h"
#include "platform/CriticalSectionLock.h"
#include "platform/NonCopyable.h"
#include "platform/ScopedLock.h"
#include "platform/mbed_assert.h"
#include "platform/mbed_critical.h"
#include "platform/mbed_error.h"
#include "platform/mbed_rtc_time.h"
#include "platform/mbed_wait_api.h"
#include "rtos/rtos.h"
#if __has_include("nsapi.h") // only what links the sockets has their folder on its include path
#include "nsapi.h"
#endif

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace mbed;
using namespace rtos;
using namespace std;
using namespace std::chrono_literals;
