// What the image can be told to do: one word on its serial line.
#pragma once

struct Command {
    const char *name;
    void (*run)();
};

/// Checks in files of their own.
void a_bare_interface_answers();
void a_side_of_a_socket_is_one_thread_s();
void an_accepted_socket_ends_with_its_close();
void strangers_do_not_keep_a_receiver();
void a_secure_socket_looks_up_a_host();
void a_secure_socket_gets_a_new_transport();

/// Mistakes that a sanitizer must find. Each ends the process.
extern const Command mistakes[];
/// What the kernel's objects must do over the operating system's threads. Each ends with a fault, or is passed.
extern const Command checks[];
