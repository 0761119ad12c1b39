#include "netsocket/TLSSocket.h"

#include <atomic>

// On the target; what is large lies on the heap while it is needed.
static_assert(sizeof(void *) > 4 || sizeof(TLSSocket) <= 256);

TLSSocket::~TLSSocket()
{
    TLSSocketWrapper::close(); // before the TCP socket goes
}

nsapi_error_t TLSSocket::open(NetworkStack *stack)
{
    return open_transport([&] { return _tcp_socket.open(stack); });
}

nsapi_error_t TLSSocket::connect(const char *host, uint16_t port)
{
    if (!host) {
        return NSAPI_ERROR_PARAMETER;
    }
    SocketAddress address;
    address.set_port(port);
    return connect_to(host, address);
}

nsapi_error_t TLSSocket::resolve(const Deadline &deadline, const char *host, SocketAddress *address)
{
    NetworkStack *stack = _tcp_socket._stack;
    if (!stack) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    struct Query {
        TLSSocket *socket;
        SocketAddress *address;
        std::atomic<nsapi_value_or_error_t> found;
    } query{this, address, {NSAPI_ERROR_IN_PROGRESS}};
    nsapi_value_or_error_t id =
        stack->gethostbyname_async(host, [&query](nsapi_value_or_error_t found, SocketAddress *answer) {
            if (found > 0) {
                query.address->set_addr(answer->get_addr());
            }
            query.found = found;
            query.socket->wake(CONNECT);
        });
    if (id < 0) {
        return id;
    }
    Deadline::Milliseconds backoff = rtos::Kernel::wait_for_u32_max; // the answer always wakes
    while (query.found == NSAPI_ERROR_IN_PROGRESS) {
        nsapi_error_t ret = pause(CONNECT, deadline, backoff);
        if (ret != NSAPI_ERROR_OK) {
            stack->gethostbyname_async_cancel(id);
            return ret;
        }
    }
    nsapi_value_or_error_t found = query.found;
    return found > 0 ? int(NSAPI_ERROR_OK) : found == 0 ? int(NSAPI_ERROR_DNS_FAILURE) : found;
}

nsapi_error_t TLSSocket::renew_transport()
{
    // The connection that failed must not be taken for the next one's, and the server shall not wait on it.
    NetworkStack *stack = _tcp_socket._stack;
    nsapi_error_t ret = _tcp_socket.close();
    return ret == NSAPI_ERROR_OK ? _tcp_socket.open(stack) : ret;
}
