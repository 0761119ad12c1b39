#include "TcpConnection.h"

#include "address.h"
#include "watcher.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tlsbench {
namespace posix {

namespace {

constexpr size_t pool_size = 16;
constexpr int buffer_bytes = 8 * 1024; // a target's, more or less: a peer that does not read is soon felt

} // namespace

TcpConnection TcpConnection::pool[pool_size];

TcpConnection *TcpConnection::open(int descriptor)
{
    const bool accepted = descriptor >= 0;
    if (!accepted) {
        descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    }
    if (descriptor < 0) {
        return nullptr;
    }
    setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    for (TcpConnection &one : pool) {
        if (one._state == State::unused && (!accepted || watch(descriptor, one))) {
            one._state = accepted ? State::connected : State::idle;
            one._descriptor = descriptor;
            return &one;
        }
    }
    ::close(descriptor);
    return nullptr;
}

void TcpConnection::close()
{
    ::close(_descriptor);
    *this = TcpConnection();
}

nsapi_error_t TcpConnection::bind(const SocketAddress &address)
{
    sockaddr_in local;
    if (_state != State::idle || !to_posix(address, &local)) {
        return NSAPI_ERROR_PARAMETER;
    }
    const bool bound = ::bind(_descriptor, reinterpret_cast<sockaddr *>(&local), sizeof local) == 0;
    return bound ? NSAPI_ERROR_OK : to_nsapi(errno);
}

nsapi_error_t TcpConnection::listen(int backlog)
{
    if (_state != State::idle || backlog < 1) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (::listen(_descriptor, backlog) < 0) {
        return to_nsapi(errno);
    }
    _state = State::listening;
    return watch(_descriptor, *this) ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_MEMORY;
}

nsapi_error_t TcpConnection::connect(const SocketAddress &address)
{
    look_whether_connected();
    switch (_state) {
        case State::connecting: return NSAPI_ERROR_ALREADY;
        case State::connected: return NSAPI_ERROR_IS_CONNECTED;
        case State::failed: return _error;
        case State::idle: break;
        default: return NSAPI_ERROR_PARAMETER;
    }
    sockaddr_in peer;
    if (!to_posix(address, &peer) || peer.sin_addr.s_addr == INADDR_ANY) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (::connect(_descriptor, reinterpret_cast<sockaddr *>(&peer), sizeof peer) < 0 && errno != EINPROGRESS) {
        return fail(errno);
    }
    // Watched only now: a socket that was never connected counts as hung up.
    _state = State::connecting;
    return watch(_descriptor, *this) ? NSAPI_ERROR_IN_PROGRESS : NSAPI_ERROR_NO_MEMORY;
}

void TcpConnection::look_whether_connected()
{
    pollfd socket = {_descriptor, POLLOUT, 0};
    if (_state != State::connecting || poll(&socket, 1, 0) <= 0) {
        return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(_descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        fail(error);
    } else {
        _state = State::connected;
    }
}

nsapi_error_t TcpConnection::fail(int error)
{
    _error = to_nsapi(error);
    _state = State::failed;
    return _error;
}

nsapi_error_t TcpConnection::accept(TcpConnection **connection, SocketAddress *peer)
{
    if (_state != State::listening) {
        return NSAPI_ERROR_PARAMETER;
    }
    sockaddr_in from = {};
    socklen_t size = sizeof from;
    const int descriptor =
        accept4(_descriptor, reinterpret_cast<sockaddr *>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
        return to_nsapi(errno);
    }
    *connection = open(descriptor);
    if (*connection && peer) {
        *peer = to_nsapi(from);
    }
    return *connection ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_SOCKET;
}

nsapi_size_or_error_t TcpConnection::send(const void *data, nsapi_size_t size)
{
    look_whether_connected();
    switch (_state) {
        case State::failed: return _error;
        case State::connecting: return NSAPI_ERROR_WOULD_BLOCK;
        case State::connected: break;
        default: return NSAPI_ERROR_NO_CONNECTION;
    }
    const ssize_t taken = size ? ::send(_descriptor, data, size, MSG_NOSIGNAL) : 0;
    if (taken < 0 && errno != EAGAIN && errno != EINTR) {
        return fail(errno);
    }
    return taken < 0 ? int(NSAPI_ERROR_WOULD_BLOCK) : nsapi_size_or_error_t(taken);
}

nsapi_size_or_error_t TcpConnection::receive(void *data, nsapi_size_t size)
{
    look_whether_connected();
    switch (_state) {
        case State::connecting: return NSAPI_ERROR_WOULD_BLOCK;
        case State::connected:
        case State::failed: break; // a send that failed leaves what was received before
        default: return NSAPI_ERROR_NO_CONNECTION;
    }
    const ssize_t count = recv(_descriptor, data, size, 0);
    if (count > 0) {
        return nsapi_size_or_error_t(count);
    }
    if (_state == State::failed) {
        return _error;
    }
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        return fail(errno);
    }
    return count < 0 ? int(NSAPI_ERROR_WOULD_BLOCK) : 0;
}

} // namespace posix
} // namespace tlsbench
