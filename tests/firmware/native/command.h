// What the image can be told to do: one word on its serial line.
#pragma once

struct Command {
    const char *name;
    void (*run)();
};

/// A check, in a file of its own.
void a_bare_interface_answers();

/// Mistakes that a sanitizer must find. Each ends the process.
extern const Command mistakes[];
/// What the kernel's objects must do over the operating system's threads. Each ends with a fault, or is passed.
extern const Command checks[];
