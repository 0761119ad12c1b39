/* Critical sections: interrupts masked. They nest. Nothing that can block may be called inside. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void core_util_critical_section_enter(void);
void core_util_critical_section_exit(void);
bool core_util_in_critical_section(void);
bool core_util_is_isr_active(void);
bool core_util_are_interrupts_enabled(void);

#ifdef __cplusplus
}
#endif
