#include "odd_socket.h"

#include "rtos/ThisThread.h"

#include <cstring>

namespace tlsbench::agent {

/// What an awkward transport does instead of sending or receiving.
/// @param halted whether the last call of this direction found nothing to do
/// @return the result of the call, or NSAPI_ERROR_OK if it shall go on to the socket below
nsapi_error_t OddSocket::hindrance(bool &halted)
{
    if (int delay = _options[DELAY]) {
        rtos::ThisThread::sleep_for(rtos::Kernel::Clock::duration_u32(uint32_t(delay)));
    }
    if (int failure = _options[FAILURE]) {
        return failure;
    }
    halted = _options[HALTING] && !halted;
    return halted ? NSAPI_ERROR_WOULD_BLOCK : NSAPI_ERROR_OK;
}

nsapi_size_t OddSocket::limited(nsapi_size_t size) const
{
    nsapi_size_t piece = nsapi_size_t(_options[PIECE]);
    return piece && piece < size ? piece : size;
}

nsapi_error_t OddSocket::close()
{
    ++_values[CLOSE];
    return _below->close();
}

nsapi_error_t OddSocket::connect(const SocketAddress &address)
{
    ++_values[CONNECT];
    return _below->connect(address);
}

nsapi_size_or_error_t OddSocket::send(const void *data, nsapi_size_t size)
{
    ++_values[SEND];
    nsapi_error_t error = hindrance(_halted_sending);
    return error == NSAPI_ERROR_OK ? _below->send(data, limited(size)) : error;
}

nsapi_size_or_error_t OddSocket::recv(void *data, nsapi_size_t size)
{
    ++_values[RECV];
    nsapi_error_t error = hindrance(_halted_receiving);
    return error == NSAPI_ERROR_OK ? _below->recv(data, limited(size)) : error;
}

nsapi_size_or_error_t OddSocket::sendto(const SocketAddress &address, const void *data, nsapi_size_t size)
{
    return _below->sendto(address, data, size);
}

nsapi_size_or_error_t OddSocket::recvfrom(SocketAddress *address, void *data, nsapi_size_t size)
{
    return _below->recvfrom(address, data, size);
}

nsapi_size_or_error_t OddSocket::sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                         nsapi_msghdr_t *control, nsapi_size_t control_size)
{
    return _below->sendmsg(address, data, size, control, control_size);
}

nsapi_size_or_error_t OddSocket::recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                         nsapi_size_t control_size)
{
    return _below->recvmsg(address, data, size, control, control_size);
}

nsapi_error_t OddSocket::bind(const SocketAddress &address)
{
    ++_values[BIND];
    return _below->bind(address);
}

void OddSocket::set_blocking(bool blocking)
{
    OddSocket::set_timeout(blocking ? -1 : 0);
}

void OddSocket::set_timeout(int timeout)
{
    ++_values[SET_TIMEOUT];
    _values[TIMEOUT] = uint32_t(timeout);
    _below->set_timeout(timeout);
}

void OddSocket::sigio(mbed::Callback<void()> func)
{
    ++_values[SIGIO];
    _values[LISTENER] = bool(func);
    _below->sigio(func);
}

nsapi_error_t OddSocket::setsockopt(int level, int optname, const void *optval, unsigned optlen)
{
    if (level != OddSocket::level) {
        ++_values[SETSOCKOPT];
        return _below->setsockopt(level, optname, optval, optlen);
    }
    int value;
    if (optname <= COUNTS || optname >= OPTIONS || !optval || optlen != sizeof value) {
        return NSAPI_ERROR_PARAMETER;
    }
    memcpy(&value, optval, sizeof value);
    _options[optname] = value;
    return NSAPI_ERROR_OK;
}

nsapi_error_t OddSocket::getsockopt(int level, int optname, void *optval, unsigned *optlen)
{
    if (level != OddSocket::level) {
        ++_values[GETSOCKOPT];
        return _below->getsockopt(level, optname, optval, optlen);
    }
    uint32_t values[VALUES];
    if (optname != COUNTS || !optval || !optlen || *optlen < sizeof values) {
        return NSAPI_ERROR_PARAMETER;
    }
    for (int i = 0; i < VALUES; i++) {
        values[i] = _values[i];
    }
    memcpy(optval, values, sizeof values);
    *optlen = sizeof values;
    return NSAPI_ERROR_OK;
}

Socket *OddSocket::accept(nsapi_error_t *error)
{
    return _below->accept(error);
}

nsapi_error_t OddSocket::listen(int backlog)
{
    return _below->listen(backlog);
}

nsapi_error_t OddSocket::getpeername(SocketAddress *address)
{
    return _below->getpeername(address);
}

} // namespace tlsbench::agent
