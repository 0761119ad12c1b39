#include "platform/format.h"

#include <cstdint>
#include <cstring>

namespace tlsbench {

namespace {

struct Spec {
    bool left = false, zero = false, alternate = false, upper = false;
    char sign = 0; // what a number that is not negative starts with
    int width = 0, precision = -1;
};

class Output {
public:
    explicit Output(TextSink &sink) : _sink(sink) {}

    void text(const char *text, size_t length)
    {
        if (length) {
            _sink.put(_sink, text, length);
            _count += int(length);
        }
    }

    void fill(char c, int times)
    {
        for (; times > 0; times--) {
            text(&c, 1);
        }
    }

    /// prefix, zeros, body; padded to the width.
    void field(const Spec &spec, const char *prefix, int zeros, const char *body, size_t length)
    {
        const int prefix_length = int(strlen(prefix));
        int padding = spec.width - prefix_length - zeros - int(length);
        if (spec.zero && !spec.left && padding > 0) {
            zeros += padding;
            padding = 0;
        }
        fill(' ', spec.left ? 0 : padding);
        text(prefix, prefix_length);
        fill('0', zeros);
        text(body, length);
        fill(' ', spec.left ? padding : 0);
    }

    int count() const { return _count; }

private:
    TextSink &_sink;
    int _count = 0;
};

void number(Output &out, Spec spec, uint64_t value, unsigned base, const char *prefix)
{
    char digits[22]; // 64 bits in octal
    char *first = digits + sizeof digits;
    const char *const alphabet = spec.upper ? "0123456789ABCDEF" : "0123456789abcdef";
    while (value > UINT32_MAX) { // the division that the core has is of 32 bits
        *--first = alphabet[value % base];
        value /= base;
    }
    for (uint32_t rest = uint32_t(value); rest; rest /= base) {
        *--first = alphabet[rest % base];
    }
    const int length = int(digits + sizeof digits - first);
    int zeros = 0;
    if (spec.precision >= 0) {
        spec.zero = false;
        zeros = spec.precision > length ? spec.precision - length : 0;
    } else if (length == 0) {
        zeros = 1;
    }
    out.field(spec, prefix, zeros, first, length);
}

int64_t signed_argument(va_list *arguments, int bytes)
{
    switch (bytes) {
        case 1: return static_cast<signed char>(va_arg(*arguments, int));
        case 2: return static_cast<short>(va_arg(*arguments, int));
        case 8: return va_arg(*arguments, int64_t);
        default: return va_arg(*arguments, int);
    }
}

uint64_t unsigned_argument(va_list *arguments, int bytes)
{
    switch (bytes) {
        case 1: return static_cast<unsigned char>(va_arg(*arguments, int));
        case 2: return static_cast<unsigned short>(va_arg(*arguments, int));
        case 8: return va_arg(*arguments, uint64_t);
        default: return va_arg(*arguments, unsigned);
    }
}

int decimal(const char *&p, va_list *arguments)
{
    if (*p == '*') {
        p++;
        return va_arg(*arguments, int);
    }
    int value = 0;
    while (*p >= '0' && *p <= '9') {
        value = value * 10 + (*p++ - '0');
    }
    return value;
}

Spec parse(const char *&p, va_list *arguments)
{
    Spec spec;
    for (;; p++) {
        switch (*p) {
            case '-': spec.left = true; continue;
            case '0': spec.zero = true; continue;
            case '#': spec.alternate = true; continue;
            case '+': spec.sign = '+'; continue;
            case ' ': spec.sign = spec.sign ? spec.sign : ' '; continue;
        }
        break;
    }
    spec.width = decimal(p, arguments);
    if (spec.width < 0) {
        spec.left = true;
        spec.width = -spec.width;
    }
    if (*p == '.') {
        spec.precision = decimal(++p, arguments);
    }
    return spec;
}

/// The argument's size; int, long, size_t and pointers all have 4 bytes.
int parse_length(const char *&p)
{
    int bytes = 4;
    for (;; p++) {
        switch (*p) {
            case 'h': bytes /= 2; continue;
            case 'l': bytes = p[-1] == 'l' ? 8 : 4; continue;
            case 'j': bytes = 8; continue;
            case 'z':
            case 't': continue;
        }
        return bytes;
    }
}

void convert(Output &out, Spec spec, int bytes, char conversion, va_list *arguments)
{
    switch (conversion) {
        case 'd':
        case 'i': {
            const int64_t value = signed_argument(arguments, bytes);
            const char prefix[2] = {value < 0 ? '-' : spec.sign, 0};
            number(out, spec, value < 0 ? -uint64_t(value) : uint64_t(value), 10, prefix);
            break;
        }
        case 'u': number(out, spec, unsigned_argument(arguments, bytes), 10, ""); break;
        case 'o': number(out, spec, unsigned_argument(arguments, bytes), 8, spec.alternate ? "0" : ""); break;
        case 'X':
        case 'x': {
            spec.upper = conversion == 'X';
            const uint64_t value = unsigned_argument(arguments, bytes);
            number(out, spec, value, 16, spec.alternate && value ? (spec.upper ? "0X" : "0x") : "");
            break;
        }
        case 'p': number(out, spec, uint32_t(va_arg(*arguments, void *)), 16, "0x"); break;
        case 'c': {
            const char c = char(va_arg(*arguments, int));
            spec.zero = false;
            out.field(spec, "", 0, &c, 1);
            break;
        }
        case 's': {
            const char *text = va_arg(*arguments, const char *);
            text = text ? text : "(null)";
            spec.zero = false;
            out.field(spec, "", 0, text, spec.precision < 0 ? strlen(text) : strnlen(text, spec.precision));
            break;
        }
        case 'a':
        case 'e':
        case 'f':
        case 'g':
            va_arg(*arguments, double);
            out.text("(float)", 7);
            break;
        default: // '%', and what is no conversion
            out.text(&conversion, conversion ? 1 : 0);
    }
}

} // namespace

int format(TextSink &sink, const char *format, va_list arguments_by_value)
{
    Output out(sink);
    va_list arguments; // a va_list parameter cannot be passed on by address
    va_copy(arguments, arguments_by_value);
    const char *p = format;
    for (;;) {
        const char *const start = p;
        while (*p && *p != '%') {
            p++;
        }
        out.text(start, p - start);
        if (!*p) {
            break;
        }
        const Spec spec = parse(++p, &arguments);
        const int bytes = parse_length(p);
        convert(out, spec, bytes, *p, &arguments);
        if (!*p) {
            break;
        }
        p++;
    }
    va_end(arguments);
    return out.count();
}

} // namespace tlsbench
