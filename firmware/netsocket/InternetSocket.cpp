#include "netsocket/InternetSocket.h"

#include "platform/CriticalSectionLock.h"
#include "platform/clock.h"

namespace {

/// Rounded up: a wait must not end before its time.
uint32_t milliseconds_until(uint64_t deadline_us)
{
    const uint64_t now = tlsbench::uptime_us();
    return now < deadline_us ? uint32_t((deadline_us - now + 999) / 1000) : 0;
}

} // namespace

InternetSocket::~InternetSocket()
{
    release();
}

nsapi_error_t InternetSocket::open(NetworkStack *stack)
{
    rtos::ScopedMutexLock lock(_lock);
    if (!stack || _stack) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (_closing) {
        return NSAPI_ERROR_BUSY; // the calls in progress would take the new socket for the one that they wait for
    }
    nsapi_socket_t socket = nullptr;
    const nsapi_error_t error = stack->socket_open(&socket, get_proto());
    if (error == NSAPI_ERROR_OK) {
        adopt(stack, socket);
    }
    return error;
}

void InternetSocket::adopt(NetworkStack *stack, nsapi_socket_t socket)
{
    _stack = stack;
    _socket = socket;
    _event_flag.clear();
    _stack->socket_attach(
        _socket, [](void *self) { static_cast<InternetSocket *>(self)->event(); }, this);
}

nsapi_error_t InternetSocket::close()
{
    const bool ends_with_it = _factory_allocated && _socket;
    const nsapi_error_t result = release();
    if (ends_with_it) {
        delete this;
    }
    return result;
}

nsapi_error_t InternetSocket::release()
{
    _lock.lock();
    if (!_socket) {
        _lock.unlock();
        return NSAPI_ERROR_NO_SOCKET;
    }
    _stack->socket_attach(_socket, nullptr, nullptr);
    const nsapi_error_t result = _stack->socket_close(_socket);
    _socket = nullptr;
    _stack = nullptr;
    _peer = {};

    // Calls in progress find the socket gone. This object may end with this call, so wait until they have left it.
    _closing = true;
    event();
    while (_busy) {
        _lock.unlock();
        _event_flag.wait_any(FINISHED_FLAG);
        _lock.lock();
    }
    _closing = false;
    _lock.unlock();
    return result;
}

nsapi_error_t InternetSocket::bind(uint16_t port)
{
    return bind(SocketAddress(nullptr, NSAPI_UNSPEC, port));
}

nsapi_error_t InternetSocket::bind(const SocketAddress &address)
{
    rtos::ScopedMutexLock lock(_lock);
    return _socket ? _stack->socket_bind(_socket, address) : NSAPI_ERROR_NO_SOCKET;
}

void InternetSocket::set_blocking(bool blocking)
{
    set_timeout(blocking ? -1 : 0);
}

void InternetSocket::set_timeout(int timeout)
{
    rtos::ScopedMutexLock lock(_lock);
    _timeout = timeout < 0 ? osWaitForever : uint32_t(timeout);
}

void InternetSocket::sigio(mbed::Callback<void()> func)
{
    // event() runs in the stack's thread, which must not wait for a caller that waits for the stack.
    mbed::CriticalSectionLock lock;
    _callback = func;
}

nsapi_error_t InternetSocket::setsockopt(int level, int optname, const void *optval, unsigned optlen)
{
    rtos::ScopedMutexLock lock(_lock);
    return _socket ? _stack->setsockopt(_socket, level, optname, optval, optlen) : NSAPI_ERROR_NO_SOCKET;
}

nsapi_error_t InternetSocket::getsockopt(int level, int optname, void *optval, unsigned *optlen)
{
    rtos::ScopedMutexLock lock(_lock);
    return _socket ? _stack->getsockopt(_socket, level, optname, optval, optlen) : NSAPI_ERROR_NO_SOCKET;
}

nsapi_error_t InternetSocket::getpeername(SocketAddress *address)
{
    rtos::ScopedMutexLock lock(_lock);
    if (!_socket) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    if (_peer.version == NSAPI_UNSPEC) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    *address = SocketAddress(_peer, _peer_port);
    return NSAPI_ERROR_OK;
}

void InternetSocket::event()
{
    _event_flag.set(READ_FLAG | WRITE_FLAG);
    core_util_critical_section_enter();
    const mbed::Callback<void()> callback = _callback;
    core_util_critical_section_exit();
    if (callback) {
        callback();
    }
}

nsapi_size_or_error_t InternetSocket::repeat(Side side, Attempt attempt, bool (*again)(nsapi_size_or_error_t))
{
    rtos::ScopedMutexLock lock(_lock);
    if (_busy & side) {
        return NSAPI_ERROR_BUSY;
    }
    _busy |= uint8_t(side);
    const bool forever = _timeout == osWaitForever;
    const bool once = _timeout == 0;
    const uint64_t deadline_us = tlsbench::uptime_us() + uint64_t(_timeout) * 1000;

    nsapi_size_or_error_t result;
    bool late = once;
    while (true) {
        // Cleared before the attempt: an event after it is not lost.
        _event_flag.clear(side);
        result = _socket ? attempt() : NSAPI_ERROR_NO_SOCKET;
        if (!again(result) || late) {
            break;
        }
        // Others may use the socket meanwhile: send while this receives, or close.
        _lock.unlock();
        const uint32_t left = forever ? osWaitForever : milliseconds_until(deadline_us);
        const uint32_t flags = _event_flag.wait_any(side, left);
        _lock.lock();
        // One more attempt: the last event may have come just now. And events without end don't make it longer.
        late = left == 0 || (flags & osFlagsError) != 0;
    }

    _busy &= uint8_t(~side);
    if (_closing) {
        _event_flag.set(FINISHED_FLAG);
    }
    return result;
}
