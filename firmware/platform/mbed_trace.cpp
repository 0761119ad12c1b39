#include "platform/mbed_trace.h"

#if MBED_CONF_MBED_TRACE_ENABLE

#include "drivers/serial.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace {

constexpr size_t line_bytes = MBED_CONF_MBED_TRACE_LINE_LENGTH;
constexpr size_t array_bytes = 128;
constexpr size_t least_bytes = 8;
constexpr size_t filter_bytes = 24;

struct Settings {
    bool on = false;
    uint8_t config = TRACE_ACTIVE_LEVEL_ALL;
    char *(*prefix)(size_t) = nullptr;
    char *(*suffix)() = nullptr;
    void (*print)(const char *) = nullptr;
    void (*print_command)(const char *) = nullptr;
    void (*wait)() = nullptr;
    void (*release)() = nullptr;
    char include[filter_bytes] = "";
    char exclude[filter_bytes] = "";
    size_t line_size = line_bytes; // what is used of the buffers
    size_t array_size = array_bytes;
};

Settings trace;
char line_text[line_bytes];
char array_text[array_bytes];
size_t array_fill;    // by the arrays of the line to come
unsigned array_locks; // which mbed_trace_array() has taken for them

void lock()
{
    tlsbench::serial_lock();
    if (trace.wait) {
        trace.wait();
    }
}

void unlock()
{
    if (trace.release) {
        trace.release();
    }
    tlsbench::serial_unlock();
}

struct Level {
    const char *name;
    const char *color;
};

Level look_of(uint8_t level)
{
    switch (level) {
        case TRACE_LEVEL_DEBUG: return {"DBG ", "\x1b[90m"};
        case TRACE_LEVEL_INFO: return {"INFO", "\x1b[39m"};
        case TRACE_LEVEL_WARN: return {"WARN", "\x1b[33m"};
        default: return {"ERR ", "\x1b[31m"};
    }
}

/// A line that grows until it is full.
class Line {
public:
    __attribute__((format(printf, 2, 3))) void add(const char *format, ...)
    {
        va_list arguments;
        va_start(arguments, format);
        add(format, arguments);
        va_end(arguments);
    }

    __attribute__((format(printf, 2, 0))) void add(const char *format, va_list arguments)
    {
        int length = vsnprintf(line_text + _fill, trace.line_size - _fill, format, arguments);
        _fill = std::min(_fill + size_t(std::max(length, 0)), trace.line_size - 1);
    }

private:
    size_t _fill = 0;
};

bool shows(uint8_t level, const char *group)
{
    if (!trace.on || !(trace.config & level)) {
        return false;
    }
    return (!trace.include[0] || strstr(trace.include, group)) && !(trace.exclude[0] && strstr(trace.exclude, group));
}

void show(uint8_t level, const char *group, const char *format, va_list arguments)
{
    bool plain = level == TRACE_LEVEL_CMD || trace.config & TRACE_MODE_PLAIN;
    bool color = !plain && trace.config & TRACE_MODE_COLOR;
    Level look = look_of(level);
    Line line;
    if (!plain) {
        if (trace.config & TRACE_CARRIAGE_RETURN) {
            line.add("\r");
        }
        if (color) {
            line.add("%s", look.color);
        }
        if (trace.prefix) {
            va_list again;
            va_copy(again, arguments);
            line.add("%s", trace.prefix(size_t(std::max(vsnprintf(nullptr, 0, format, again), 0))));
            va_end(again);
        }
        line.add("[%s][%-4s]: ", look.name, group);
    }
    line.add(format, arguments);
    if (!plain && trace.suffix) {
        line.add("%s", trace.suffix());
    }
    if (color) {
        line.add("\x1b[0m");
    }
    auto print = level == TRACE_LEVEL_CMD && trace.print_command ? trace.print_command : trace.print;
    if (print) {
        print(line_text);
    } else {
        puts(line_text);
    }
}

void set_filter(char (&filter)[filter_bytes], const char *groups)
{
    lock();
    snprintf(filter, sizeof filter, "%s", groups ? groups : "");
    unlock();
}

} // namespace

extern "C" {

int mbed_trace_init()
{
    trace.on = true;
    return 0;
}

void mbed_trace_free()
{
    tlsbench::serial_lock();
    trace = Settings();
    tlsbench::serial_unlock();
}

void mbed_trace_buffer_sizes(int line_length, int array_length)
{
    lock();
    if (line_length > 0) {
        trace.line_size = std::clamp(size_t(line_length), least_bytes, line_bytes);
    }
    if (array_length > 0) {
        trace.array_size = std::clamp(size_t(array_length), least_bytes, array_bytes);
    }
    unlock();
}

void mbed_trace_config_set(uint8_t config)
{
    trace.config = config;
}

uint8_t mbed_trace_config_get()
{
    return trace.config;
}

void mbed_trace_prefix_function_set(char *(*prefix)(size_t))
{
    trace.prefix = prefix;
}

void mbed_trace_suffix_function_set(char *(*suffix)())
{
    trace.suffix = suffix;
}

void mbed_trace_print_function_set(void (*print)(const char *line))
{
    trace.print = print;
}

void mbed_trace_cmdprint_function_set(void (*print)(const char *line))
{
    trace.print_command = print;
}

void mbed_trace_mutex_wait_function_set(void (*wait)())
{
    trace.wait = wait;
}

void mbed_trace_mutex_release_function_set(void (*release)())
{
    trace.release = release;
}

void mbed_trace_include_filters_set(const char *groups)
{
    set_filter(trace.include, groups);
}

const char *mbed_trace_include_filters_get()
{
    return trace.include;
}

void mbed_trace_exclude_filters_set(const char *groups)
{
    set_filter(trace.exclude, groups);
}

const char *mbed_trace_exclude_filters_get()
{
    return trace.exclude;
}

void mbed_tracef(uint8_t level, const char *group, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    mbed_vtracef(level, group, format, arguments);
    va_end(arguments);
}

void mbed_vtracef(uint8_t level, const char *group, const char *format, va_list arguments)
{
    lock();
    if (shows(level, group)) {
        show(level, group, format, arguments);
    }
    array_fill = 0;
    for (; array_locks; array_locks--) {
        unlock();
    }
    unlock();
}

const char *mbed_trace_last()
{
    return line_text;
}

char *mbed_trace_array(const uint8_t *bytes, uint16_t length)
{
    lock();
    array_locks++;
    char *const text = array_text + array_fill;
    char *const last = array_text + trace.array_size - 1;
    if (text >= last) {
        *last = '\0'; // the byte may be left over from a longer text, of before mbed_trace_buffer_sizes()
        return last;  // of several arrays in one line, the first ones took all the room
    }
    char *next = text;
    for (uint16_t i = 0; i < length; i++) {
        if (last - next < 4) { // a separator, two digits, and the asterisk that may have to follow
            *next++ = '*';
            break;
        }
        next += snprintf(next, size_t(last - next), "%s%02x", i ? ":" : "", bytes[i]);
    }
    *next = '\0';
    array_fill = size_t(next + 1 - array_text);
    return text;
}
}

#endif
