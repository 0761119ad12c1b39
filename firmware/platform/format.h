/* Formatted output without newlib's stdio, which takes its FILEs and buffers from the heap. */
#pragma once

#include <cstdarg>
#include <cstddef>

namespace tlsbench {

/// Takes formatted text piece by piece.
struct TextSink {
    using Put = void (*)(TextSink &sink, const char *text, size_t length);

    explicit TextSink(Put put) : put(put) {}

    const Put put;
};

/// printf's format: flags, width and precision, h hh l ll j t z; d i u o x X p c s %. No floating point.
/// Returns the number of characters.
int format(TextSink &sink, const char *format, va_list arguments);

/// Straight to the serial line, without interrupts and locks.
void print_polled(const char *format, ...) __attribute__((format(printf, 1, 2)));

} // namespace tlsbench
