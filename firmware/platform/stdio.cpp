/*
 * The part of stdio that writes: printf and its relatives to the console, snprintf and its relatives to memory.
 * The compiler turns one into another (printf into puts, fprintf into fwrite), so they come as a set.
 * stdout and stderr are the same line, and nothing is buffered beyond the call.
 */
#include "drivers/serial.h"
#include "platform/format.h"

#include <cstdio>
#include <cstring>

#undef putc
#undef putchar

namespace tlsbench {

namespace {

/// Collects text so that the line is not driven character by character.
class Console : public TextSink {
public:
    Console() : TextSink(collect) { serial_lock(); }
    ~Console()
    {
        flush();
        serial_unlock();
    }

private:
    static void collect(TextSink &sink, const char *text, size_t length)
    {
        auto &self = static_cast<Console &>(sink);
        for (; length; length--, text++) {
            if (self._fill == sizeof self._chunk) {
                self.flush();
            }
            self._chunk[self._fill++] = *text ? uint8_t(*text) : '?'; // 0 on the line begins a frame
        }
    }

    void flush()
    {
        serial_write(_chunk, _fill);
        _fill = 0;
    }

    uint8_t _chunk[64];
    size_t _fill = 0;
};

struct Memory : TextSink {
    Memory(char *buffer, size_t size) : TextSink(store), next(buffer), room(size ? size - 1 : 0), terminates(size) {}
    ~Memory()
    {
        if (terminates) {
            *next = 0;
        }
    }

    static void store(TextSink &sink, const char *text, size_t length)
    {
        auto &self = static_cast<Memory &>(sink);
        length = length < self.room ? length : self.room;
        memcpy(self.next, text, length);
        self.next += length;
        self.room -= length;
    }

    char *next;
    size_t room;
    bool terminates;
};

void put_polled(TextSink &, const char *text, size_t length)
{
    serial_write_polled(reinterpret_cast<const uint8_t *>(text), length);
}

} // namespace

void print_polled(const char *text, ...)
{
    TextSink line(put_polled);
    va_list arguments;
    va_start(arguments, text);
    format(line, text, arguments);
    va_end(arguments);
}

} // namespace tlsbench

using namespace tlsbench;

extern "C" {

int vprintf(const char *text, va_list arguments)
{
    Console console;
    return format(console, text, arguments);
}

int printf(const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    const int count = vprintf(text, arguments);
    va_end(arguments);
    return count;
}

int vfprintf(FILE *, const char *text, va_list arguments)
{
    return vprintf(text, arguments);
}

int fprintf(FILE *, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    const int count = vprintf(text, arguments);
    va_end(arguments);
    return count;
}

int puts(const char *text)
{
    return printf("%s\n", text);
}

int fputs(const char *text, FILE *)
{
    return printf("%s", text);
}

size_t fwrite(const void *bytes, size_t size, size_t count, FILE *)
{
    Console console;
    console.put(console, static_cast<const char *>(bytes), size * count);
    return count;
}

int putchar(int c)
{
    printf("%c", c);
    return c;
}

int fputc(int c, FILE *)
{
    return putchar(c);
}

int putc(int c, FILE *)
{
    return putchar(c);
}

int fflush(FILE *)
{
    return 0;
}

int vsnprintf(char *buffer, size_t size, const char *text, va_list arguments)
{
    Memory memory(buffer, size);
    return format(memory, text, arguments);
}

int snprintf(char *buffer, size_t size, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    const int count = vsnprintf(buffer, size, text, arguments);
    va_end(arguments);
    return count;
}

int vsprintf(char *buffer, const char *text, va_list arguments)
{
    return vsnprintf(buffer, size_t(INT32_MAX), text, arguments);
}

int sprintf(char *buffer, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    const int count = vsprintf(buffer, text, arguments);
    va_end(arguments);
    return count;
}
}
