#include "netsocket/TCPSocket.h"

#include <new>

namespace {

bool would_block(nsapi_size_or_error_t result)
{
    return result == NSAPI_ERROR_WOULD_BLOCK;
}

bool connecting(nsapi_size_or_error_t result)
{
    return result == NSAPI_ERROR_IN_PROGRESS || result == NSAPI_ERROR_ALREADY || would_block(result);
}

} // namespace

TCPSocket::TCPSocket(TCPSocket *parent, nsapi_socket_t socket, const SocketAddress &address)
{
    _factory_allocated = true;
    _peer = address.get_addr();
    _peer_port = address.get_port();
    adopt(parent->_stack, socket);
}

nsapi_protocol_t TCPSocket::get_proto()
{
    return NSAPI_TCP;
}

nsapi_error_t TCPSocket::connect(const SocketAddress &address)
{
    return connect_when([] { return nsapi_size_or_error_t(NSAPI_ERROR_OK); }, address);
}

nsapi_error_t TCPSocket::connect_when(Attempt find, const SocketAddress &address)
{
    // The stack tells IN_PROGRESS first, then ALREADY, and IS_CONNECTED once it is done. For a call that has waited,
    // done means success; a call that finds the socket connected says so.
    nsapi_error_t first = NSAPI_ERROR_OK;
    nsapi_error_t result = repeat(
        WRITE_FLAG,
        [&]() -> nsapi_size_or_error_t {
            const nsapi_error_t found = find();
            if (found != NSAPI_ERROR_OK) {
                return found;
            }
            const nsapi_error_t answer = _stack->socket_connect(_socket, address);
            if (first == NSAPI_ERROR_OK) {
                first = answer;
            }
            // Here, under the lock: once the last attempt is over, close() may end this object.
            if (answer == NSAPI_ERROR_OK || answer == NSAPI_ERROR_IN_PROGRESS) {
                _peer = address.get_addr();
                _peer_port = address.get_port();
            } else if (answer != NSAPI_ERROR_ALREADY && answer != NSAPI_ERROR_IS_CONNECTED) {
                _peer = {};
            }
            return answer;
        },
        connecting);
    if (connecting(first)) {
        if (connecting(result)) {
            result = first;
        } else if (result == NSAPI_ERROR_IS_CONNECTED) {
            result = NSAPI_ERROR_OK;
        }
    }
    return result;
}

nsapi_size_or_error_t TCPSocket::send(const void *data, nsapi_size_t size)
{
    nsapi_size_t sent = 0;
    const nsapi_size_or_error_t result = repeat(
        WRITE_FLAG,
        [&]() -> nsapi_size_or_error_t {
            while (true) {
                const nsapi_size_or_error_t taken =
                    _stack->socket_send(_socket, static_cast<const uint8_t *>(data) + sent, size - sent);
                if (taken < 0) {
                    return taken;
                }
                sent += nsapi_size_t(taken);
                if (sent == size) {
                    return nsapi_size_or_error_t(sent);
                }
                if (taken == 0) {
                    return NSAPI_ERROR_WOULD_BLOCK;
                }
            }
        },
        would_block);
    return result == NSAPI_ERROR_WOULD_BLOCK && sent > 0 ? nsapi_size_or_error_t(sent) : result;
}

nsapi_size_or_error_t TCPSocket::recv(void *data, nsapi_size_t size)
{
    return repeat(
        READ_FLAG, [&]() { return _stack->socket_recv(_socket, data, size); }, would_block);
}

nsapi_size_or_error_t TCPSocket::sendto(const SocketAddress &, const void *data, nsapi_size_t size)
{
    return send(data, size);
}

nsapi_size_or_error_t TCPSocket::recvfrom(SocketAddress *address, void *data, nsapi_size_t size)
{
    if (address) {
        rtos::ScopedMutexLock lock(_lock);
        *address = SocketAddress(_peer, _peer_port);
    }
    return recv(data, size);
}

nsapi_size_or_error_t TCPSocket::sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                         nsapi_msghdr_t *control, nsapi_size_t)
{
    return control ? NSAPI_ERROR_UNSUPPORTED : sendto(address, data, size);
}

nsapi_size_or_error_t TCPSocket::recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                         nsapi_size_t)
{
    return control ? NSAPI_ERROR_UNSUPPORTED : recvfrom(address, data, size);
}

TCPSocket *TCPSocket::accept(nsapi_error_t *error)
{
    TCPSocket *connection = nullptr;
    const nsapi_error_t result = repeat(
        READ_FLAG,
        [&]() {
            nsapi_socket_t socket = nullptr;
            SocketAddress peer;
            nsapi_error_t answer = _stack->socket_accept(_socket, &socket, &peer);
            if (answer == NSAPI_ERROR_OK) {
                connection = new (std::nothrow) TCPSocket(this, socket, peer);
                if (!connection) {
                    _stack->socket_close(socket);
                    answer = NSAPI_ERROR_NO_MEMORY;
                }
            }
            return answer;
        },
        would_block);
    if (error) {
        *error = result;
    }
    return connection;
}

nsapi_error_t TCPSocket::listen(int backlog)
{
    rtos::ScopedMutexLock lock(_lock);
    return _socket ? _stack->socket_listen(_socket, backlog) : NSAPI_ERROR_NO_SOCKET;
}
