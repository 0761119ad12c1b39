#include "netsocket/UDPSocket.h"

namespace {

bool would_block(nsapi_size_or_error_t result)
{
    return result == NSAPI_ERROR_WOULD_BLOCK;
}

} // namespace

nsapi_protocol_t UDPSocket::get_proto()
{
    return NSAPI_UDP;
}

nsapi_error_t UDPSocket::connect(const SocketAddress &address)
{
    rtos::ScopedMutexLock lock(_lock);
    if (!_socket) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    _peer = address ? address.get_addr() : nsapi_addr_t{};
    _peer_port = address.get_port();
    return NSAPI_ERROR_OK;
}

nsapi_size_or_error_t UDPSocket::send(const void *data, nsapi_size_t size)
{
    SocketAddress peer;
    const nsapi_error_t error = getpeername(&peer);
    if (error != NSAPI_ERROR_OK) {
        return error == NSAPI_ERROR_NO_CONNECTION ? NSAPI_ERROR_NO_ADDRESS : error;
    }
    return sendto(peer, data, size);
}

nsapi_size_or_error_t UDPSocket::recv(void *data, nsapi_size_t size)
{
    return recvfrom(nullptr, data, size);
}

nsapi_size_or_error_t UDPSocket::sendto(const SocketAddress &address, const void *data, nsapi_size_t size)
{
    return repeat(
        WRITE_FLAG, [&]() { return _stack->socket_sendto(_socket, address, data, size); }, would_block);
}

nsapi_size_or_error_t UDPSocket::recvfrom(SocketAddress *address, void *data, nsapi_size_t size)
{
    return repeat(
        READ_FLAG,
        [&]() {
            SocketAddress sender;
            nsapi_size_or_error_t result;
            do {
                result = _stack->socket_recvfrom(_socket, &sender, data, size);
            } while (result >= 0 && _peer.version != NSAPI_UNSPEC && sender != SocketAddress(_peer, _peer_port));
            if (result >= 0 && address) {
                *address = sender;
            }
            return result;
        },
        would_block);
}

nsapi_size_or_error_t UDPSocket::sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                         nsapi_msghdr_t *control, nsapi_size_t)
{
    return control ? NSAPI_ERROR_UNSUPPORTED : sendto(address, data, size);
}

nsapi_size_or_error_t UDPSocket::recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                         nsapi_size_t)
{
    return control ? NSAPI_ERROR_UNSUPPORTED : recvfrom(address, data, size);
}

Socket *UDPSocket::accept(nsapi_error_t *error)
{
    if (error) {
        *error = NSAPI_ERROR_UNSUPPORTED;
    }
    return nullptr;
}

nsapi_error_t UDPSocket::listen(int)
{
    return NSAPI_ERROR_UNSUPPORTED;
}
