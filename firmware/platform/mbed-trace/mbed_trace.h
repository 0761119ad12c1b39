/* Where Mbed OS has it. */
#pragma once

#include "platform/mbed_trace.h"
