#include "netsocket/UDPSocket.h"

namespace {

// How many datagrams of others a call drops before it looks at its deadline and lets others have the socket.
constexpr int strangers_per_attempt = 64;

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
            for (int i = 0; i < strangers_per_attempt; ++i) {
                nsapi_size_or_error_t result = _stack->socket_recvfrom(_socket, &sender, data, size);
                if (result < 0 || _peer.version == NSAPI_UNSPEC || sender == SocketAddress(_peer, _peer_port)) {
                    if (result >= 0 && address) {
                        *address = sender;
                    }
                    return result;
                }
            }
            event(); // the stack has told of what is left already
            return nsapi_size_or_error_t(NSAPI_ERROR_WOULD_BLOCK);
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
