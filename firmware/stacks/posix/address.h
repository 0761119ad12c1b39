// Addresses and errors, between the operating system's form and ours.
#pragma once

#include "netsocket/SocketAddress.h"

#include <netinet/in.h>

namespace tlsbench {
namespace posix {

/// @return false for an IPv6 address; the unspecified one becomes 0.0.0.0
bool to_posix(const SocketAddress &address, sockaddr_in *out);
SocketAddress to_nsapi(const sockaddr_in &address);

/// What an errno is to a caller of the socket API.
nsapi_error_t to_nsapi(int error);

} // namespace posix
} // namespace tlsbench
