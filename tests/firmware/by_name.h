/* A program of checks, of which each run makes one: its name is the argument. */
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define REQUIRE(expression)                                                                                            \
    do {                                                                                                               \
        if (!(expression)) {                                                                                           \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #expression);                                                    \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

struct NamedCheck {
    const char *name;
    void (*run)();
};
#define CHECK(name)                                                                                                    \
    {                                                                                                                  \
#name, name                                                                                                    \
    }

/// Run the check that the arguments name. Returns the program's exit status.
template <size_t N> int run_by_name(const NamedCheck (&checks)[N], char **arguments)
{
    for (const NamedCheck &check : checks) {
        if (arguments[1] && strcmp(check.name, arguments[1]) == 0) {
            check.run();
            return 0;
        }
    }
    printf("there is no check %s\n", arguments[1] ? arguments[1] : "without a name");
    return 2;
}
