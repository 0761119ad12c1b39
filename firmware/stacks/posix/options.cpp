// Socket options: those that lwIP has, in Mbed OS's units.
#include "TcpConnection.h"

#include "address.h"

#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace tlsbench {
namespace posix {

namespace {

struct Option {
    int level, name, unit; // units of ours in one of the system's
};

bool find(int option, Option *out)
{
    switch (option) {
        case NSAPI_REUSEADDR: *out = {SOL_SOCKET, SO_REUSEADDR, 1}; return true;
        case NSAPI_KEEPALIVE: *out = {SOL_SOCKET, SO_KEEPALIVE, 1}; return true;
        case NSAPI_KEEPIDLE: *out = {IPPROTO_TCP, TCP_KEEPIDLE, 1000}; return true;
        case NSAPI_KEEPINTVL: *out = {IPPROTO_TCP, TCP_KEEPINTVL, 1000}; return true;
        default: return false;
    }
}

} // namespace

nsapi_error_t TcpConnection::set_option(int option, int value)
{
    Option found;
    if (_state == State::listening || !find(option, &found)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    if (found.unit > 1 && value <= 0) {
        return NSAPI_ERROR_PARAMETER;
    }
    value = int((int64_t(value) + found.unit - 1) / found.unit);
    return setsockopt(_descriptor, found.level, found.name, &value, sizeof value) == 0 ? NSAPI_ERROR_OK
                                                                                       : to_nsapi(errno);
}

nsapi_error_t TcpConnection::get_option(int option, int *value) const
{
    Option found;
    if (_state == State::listening || !find(option, &found)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    socklen_t size = sizeof *value;
    if (getsockopt(_descriptor, found.level, found.name, value, &size) < 0) {
        return to_nsapi(errno);
    }
    *value *= found.unit;
    return NSAPI_ERROR_OK;
}

} // namespace posix
} // namespace tlsbench
