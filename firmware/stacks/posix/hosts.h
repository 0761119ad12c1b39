// Host names that the process was told at its start; no query leaves it.
#pragma once

#include "netsocket/SocketAddress.h"

namespace tlsbench {
namespace posix {

/// Environment variable with the names: "name=address name=address ...".
constexpr const char *hosts_variable = "TLSBENCH_HOSTS";

/// Find a host, whichever way its letters are written.
/// @return false if the name is not known
bool find_host(const char *name, SocketAddress *address);

} // namespace posix
} // namespace tlsbench
