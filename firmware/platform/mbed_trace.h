/* Log lines, `[INFO][TLSW]: text`, with Mbed OS's names (mbed-trace). An application switches them on in its
   mbed_app.json ("mbed-trace.enable": 1) and calls mbed_trace_init(). Off, they compile to nothing. A source defines
   TRACE_GROUP, four letters by custom, before it includes this.

   What differs from Mbed OS: nothing comes from the heap, so lines have a fixed length (mbed-trace.line-length);
   several threads may trace at once without a mutex of the application's; lines have no colours and no leading carriage
   return unless they are asked for. Not for interrupt handlers. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifndef MBED_CONF_MBED_TRACE_ENABLE
#define MBED_CONF_MBED_TRACE_ENABLE 0
#endif

/* A configuration byte: modes above, active levels below. */
#define TRACE_MASK_CONFIG 0xE0
#define TRACE_MASK_LEVEL 0x1F

#define TRACE_MODE_PLAIN 0x80      /* the text alone */
#define TRACE_MODE_COLOR 0x40      /* a colour for each level, by escape sequences */
#define TRACE_CARRIAGE_RETURN 0x20 /* before each line */

#define TRACE_ACTIVE_LEVEL_ALL 0x1F
#define TRACE_ACTIVE_LEVEL_DEBUG 0x1F
#define TRACE_ACTIVE_LEVEL_INFO 0x0F
#define TRACE_ACTIVE_LEVEL_WARN 0x07
#define TRACE_ACTIVE_LEVEL_ERROR 0x03
#define TRACE_ACTIVE_LEVEL_CMD 0x01
#define TRACE_ACTIVE_LEVEL_NONE 0x00

#define TRACE_LEVEL_DEBUG 0x10
#define TRACE_LEVEL_INFO 0x08
#define TRACE_LEVEL_WARN 0x04
#define TRACE_LEVEL_ERROR 0x02
#define TRACE_LEVEL_CMD 0x01 /* answers of a command line: text alone, at every active level */

#ifndef MBED_TRACE_MAX_LEVEL
#define MBED_TRACE_MAX_LEVEL TRACE_LEVEL_DEBUG
#endif
#ifndef TRACE_GROUP
#define TRACE_GROUP "none"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if MBED_CONF_MBED_TRACE_ENABLE

/// Show lines from now on, all levels. Before it nothing is shown.
/// @return 0
int mbed_trace_init(void);

/// Show nothing more, and forget all that was set.
void mbed_trace_free(void);

/// Use less than the buffers have: of a line, and of what mbed_trace_array() writes. 0 leaves one as it is.
void mbed_trace_buffer_sizes(int line_length, int array_length);

/// Modes and active levels: TRACE_MODE_..., TRACE_CARRIAGE_RETURN, TRACE_ACTIVE_LEVEL_...
void mbed_trace_config_set(uint8_t config);
uint8_t mbed_trace_config_get(void);

/// Text to go before and behind each line, made anew for each; the prefix is told the line's length. Null: none.
void mbed_trace_prefix_function_set(char *(*prefix)(size_t));
void mbed_trace_suffix_function_set(char *(*suffix)());

/// Where lines go, and those of tr_cmdline(). Null: the console.
void mbed_trace_print_function_set(void (*print)(const char *line));
void mbed_trace_cmdprint_function_set(void (*print)(const char *line));

/// Called around each line, besides what keeps lines apart already. The mutex must count.
void mbed_trace_mutex_wait_function_set(void (*wait)());
void mbed_trace_mutex_release_function_set(void (*release)());

/// Groups that are shown, or not, as one text, such as "TLSW,main"; null: all, none. At most 23 characters count.
void mbed_trace_include_filters_set(const char *groups);
const char *mbed_trace_include_filters_get(void);
void mbed_trace_exclude_filters_set(const char *groups);
const char *mbed_trace_exclude_filters_get(void);

void mbed_tracef(uint8_t level, const char *group, const char *format, ...) __attribute__((format(printf, 3, 4)));
void mbed_vtracef(uint8_t level, const char *group, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/// The last line that was shown.
const char *mbed_trace_last(void);

/// Bytes as text, "0a:0b", for a line's argument; `*` at its end tells that there were more. Holds the trace's lock
/// until that line is written, so it's for arguments of the functions above only.
char *mbed_trace_array(const uint8_t *bytes, uint16_t length);

#define TLSBENCH_TRACE(level, ...)                                                                                     \
    do {                                                                                                               \
        if ((level) <= MBED_TRACE_MAX_LEVEL) {                                                                         \
            mbed_tracef(level, TRACE_GROUP, __VA_ARGS__);                                                              \
        }                                                                                                              \
    } while (0)

#else

// NOLINTBEGIN(modernize-redundant-void-arg, modernize-use-nullptr): C reads this, too.
static inline int mbed_trace_init(void)
{
    return 0;
}
static inline uint8_t mbed_trace_config_get(void)
{
    return 0;
}
static inline const char *mbed_trace_last(void)
{
    return "";
}
static inline void tlsbench_no_trace(uint8_t, const char *, const char *, ...) __attribute__((format(printf, 3, 4)));
static inline void tlsbench_no_trace(uint8_t level, const char *group, const char *format, ...)
{
    (void)level;
    (void)group;
    (void)format;
}
static inline char *tlsbench_no_trace_array(const uint8_t *bytes, uint16_t length)
{
    (void)bytes;
    (void)length;
    return 0;
}
// NOLINTEND(modernize-redundant-void-arg, modernize-use-nullptr)
#define mbed_trace_free() ((void)0)
#define mbed_trace_buffer_sizes(line_length, array_length) ((void)0)
#define mbed_trace_config_set(config) ((void)0)
#define mbed_trace_prefix_function_set(prefix) ((void)(prefix))
#define mbed_trace_suffix_function_set(suffix) ((void)(suffix))
#define mbed_trace_print_function_set(print) ((void)(print))
#define mbed_trace_cmdprint_function_set(print) ((void)(print))
#define mbed_trace_mutex_wait_function_set(wait) ((void)(wait))
#define mbed_trace_mutex_release_function_set(release) ((void)(release))
#define mbed_trace_include_filters_set(groups) ((void)0)
#define mbed_trace_include_filters_get() ((const char *)0)
#define mbed_trace_exclude_filters_set(groups) ((void)0)
#define mbed_trace_exclude_filters_get() ((const char *)0)
#define mbed_tracef(level, group, ...) TLSBENCH_TRACE(level, __VA_ARGS__)
#define mbed_vtracef(level, group, format, arguments) ((void)(arguments))
#define mbed_trace_array tlsbench_no_trace_array

/* Never runs, and so its arguments are never worked out; but the format is checked, and nothing is unused. */
#define TLSBENCH_TRACE(level, ...)                                                                                     \
    do {                                                                                                               \
        if (0) {                                                                                                       \
            tlsbench_no_trace(level, TRACE_GROUP, __VA_ARGS__);                                                        \
        }                                                                                                              \
    } while (0)

#endif

#ifdef __cplusplus
}
#endif

#define tr_debug(...) TLSBENCH_TRACE(TRACE_LEVEL_DEBUG, __VA_ARGS__)
#define tr_info(...) TLSBENCH_TRACE(TRACE_LEVEL_INFO, __VA_ARGS__)
#define tr_warning(...) TLSBENCH_TRACE(TRACE_LEVEL_WARN, __VA_ARGS__)
#define tr_warn(...) TLSBENCH_TRACE(TRACE_LEVEL_WARN, __VA_ARGS__)
#define tr_error(...) TLSBENCH_TRACE(TRACE_LEVEL_ERROR, __VA_ARGS__)
#define tr_err(...) TLSBENCH_TRACE(TRACE_LEVEL_ERROR, __VA_ARGS__)
#define tr_cmdline(...) TLSBENCH_TRACE(TRACE_LEVEL_CMD, __VA_ARGS__)
#define tr_array(bytes, length) mbed_trace_array(bytes, length)
