#include "HostSocket.h"

#include "netsocket/tls/Deadline.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void HostSocket::open()
{
    HostSocket::close();
    _handle = socket(AF_INET, (_datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
}

nsapi_error_t HostSocket::close()
{
    if (_handle < 0) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    ++closes;
    ::shutdown(_handle, SHUT_RDWR); // wakes who waits for it
    ::close(_handle);
    _handle = -1;
    return NSAPI_ERROR_OK;
}

/// Repeat what the system says would block, until the timeout.
template <typename Attempt> nsapi_size_or_error_t HostSocket::repeat(short events, Attempt attempt)
{
    tlsbench::tls::Deadline deadline(timeout);
    for (;;) {
        if (_handle < 0) {
            return NSAPI_ERROR_NO_SOCKET;
        }
        ssize_t ret = attempt();
        if (ret >= 0) {
            return nsapi_size_or_error_t(ret);
        }
        if (errno != EAGAIN && errno != EINPROGRESS && errno != EALREADY) {
            return errno == ECONNREFUSED ? NSAPI_ERROR_NO_CONNECTION : NSAPI_ERROR_CONNECTION_LOST;
        }
        pollfd wanted{_handle, events, 0};
        if (deadline.passed() || poll(&wanted, 1, deadline.timeout()) <= 0) {
            return NSAPI_ERROR_WOULD_BLOCK;
        }
    }
}

bool HostSocket::halts(bool &last) const
{
    last = halting && !last;
    return last;
}

nsapi_error_t HostSocket::connect(const SocketAddress &address)
{
    ++connects;
    if (stuck) {
        return NSAPI_ERROR_IN_PROGRESS;
    }
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.get_port());
    memcpy(&to.sin_addr, address.get_ip_bytes(), sizeof to.sin_addr);
    _peer = address;
    int handle = _handle;
    nsapi_error_t ret = repeat(POLLOUT, [&] {
        int done = ::connect(handle, reinterpret_cast<sockaddr *>(&to), sizeof to);
        return done < 0 && errno == EISCONN ? 0 : done;
    });
    return ret == NSAPI_ERROR_WOULD_BLOCK ? NSAPI_ERROR_IN_PROGRESS : ret;
}

nsapi_size_or_error_t HostSocket::send(const void *data, nsapi_size_t size)
{
    if (stuck || halts(_halted_sending)) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    _was_full = full && !_was_full;
    if (_was_full) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    sent_ms.push_back(rtos::Kernel::get_ms_count());
    return repeat(POLLOUT, [&] { return ::send(_handle, data, limited(size), MSG_NOSIGNAL); });
}

nsapi_size_or_error_t HostSocket::recv(void *data, nsapi_size_t size)
{
    if (silent || halts(_halted_receiving)) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    if (failing) {
        return failing;
    }
    if (empties) {
        empties -= empties > 0;
        return 0;
    }
    return repeat(POLLIN, [&] { return ::recv(_handle, data, limited(size), 0); });
}

nsapi_error_t HostSocket::getpeername(SocketAddress *address)
{
    *address = _peer;
    return NSAPI_ERROR_OK;
}

nsapi_error_t HostSocket::count_option()
{
    ++options;
    return NSAPI_ERROR_OK;
}
