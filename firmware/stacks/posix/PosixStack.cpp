#include "PosixStack.h"

#include "TcpConnection.h"
#include "UdpEndpoint.h"
#include "hosts.h"
#include "watcher.h"

#include <cstring>

using namespace tlsbench::posix;

namespace {

PosixStack stack;

/// The connection behind a TCP socket's handle. UDPSocket makes none of the calls that are for TCP only.
TcpConnection *of(nsapi_socket_t handle)
{
    return static_cast<TcpConnection *>(handle);
}

} // namespace

PosixStack &PosixStack::instance()
{
    return stack;
}

nsapi_error_t PosixStack::get_ip_address(SocketAddress *address)
{
    return NetworkInterface::get_default_instance()->get_ip_address(address);
}

// Names are known or not: nothing is ever under way.
nsapi_value_or_error_t PosixStack::gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                       nsapi_version_t version, const char *)
{
    if (!host || !*host || !callback) {
        return NSAPI_ERROR_PARAMETER;
    }
    SocketAddress address;
    const bool literal = address.set_ip_address(host);
    if (!literal && NetworkInterface::get_default_instance()->get_connection_status() != NSAPI_STATUS_GLOBAL_UP) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    if (!(literal || find_host(host, &address)) || (version != NSAPI_UNSPEC && version != address.get_ip_version())) {
        return NSAPI_ERROR_DNS_FAILURE;
    }
    callback(1, &address);
    return 0;
}

nsapi_error_t PosixStack::gethostbyname_async_cancel(int)
{
    return NSAPI_ERROR_PARAMETER;
}

nsapi_error_t PosixStack::add_dns_server(const SocketAddress &, const char *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t PosixStack::get_dns_server(int, SocketAddress *address, const char *)
{
    return address ? NSAPI_ERROR_NO_ADDRESS : NSAPI_ERROR_PARAMETER;
}

nsapi_error_t PosixStack::socket_open(nsapi_socket_t *handle, nsapi_protocol_t proto)
{
    if (proto != NSAPI_TCP && proto != NSAPI_UDP) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    start_watching();
    rtos::ScopedMutexLock lock(stack_lock());
    if (proto == NSAPI_TCP) {
        *handle = TcpConnection::open();
    } else {
        *handle = UdpEndpoint::open();
    }
    return *handle ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_SOCKET;
}

nsapi_error_t PosixStack::socket_close(nsapi_socket_t handle)
{
    rtos::ScopedMutexLock lock(stack_lock());
    if (UdpEndpoint *udp = UdpEndpoint::of(handle)) {
        udp->close();
    } else {
        of(handle)->close();
    }
    return NSAPI_ERROR_OK;
}

nsapi_error_t PosixStack::socket_bind(nsapi_socket_t handle, const SocketAddress &address)
{
    rtos::ScopedMutexLock lock(stack_lock());
    UdpEndpoint *udp = UdpEndpoint::of(handle);
    return udp ? udp->bind(address) : of(handle)->bind(address);
}

nsapi_error_t PosixStack::socket_listen(nsapi_socket_t handle, int backlog)
{
    rtos::ScopedMutexLock lock(stack_lock());
    return of(handle)->listen(backlog);
}

nsapi_error_t PosixStack::socket_connect(nsapi_socket_t handle, const SocketAddress &address)
{
    rtos::ScopedMutexLock lock(stack_lock());
    return of(handle)->connect(address);
}

nsapi_error_t PosixStack::socket_accept(nsapi_socket_t server, nsapi_socket_t *handle, SocketAddress *address)
{
    rtos::ScopedMutexLock lock(stack_lock());
    TcpConnection *connection = nullptr;
    const nsapi_error_t error = of(server)->accept(&connection, address);
    *handle = connection;
    return error;
}

nsapi_size_or_error_t PosixStack::socket_send(nsapi_socket_t handle, const void *data, nsapi_size_t size)
{
    rtos::ScopedMutexLock lock(stack_lock());
    return of(handle)->send(data, size);
}

nsapi_size_or_error_t PosixStack::socket_recv(nsapi_socket_t handle, void *data, nsapi_size_t size)
{
    rtos::ScopedMutexLock lock(stack_lock());
    return of(handle)->receive(data, size);
}

nsapi_size_or_error_t PosixStack::socket_sendto(nsapi_socket_t handle, const SocketAddress &address, const void *data,
                                                nsapi_size_t size)
{
    rtos::ScopedMutexLock lock(stack_lock());
    UdpEndpoint *udp = UdpEndpoint::of(handle);
    return udp ? udp->send_to(address, data, size) : NSAPI_ERROR_UNSUPPORTED;
}

nsapi_size_or_error_t PosixStack::socket_recvfrom(nsapi_socket_t handle, SocketAddress *address, void *buffer,
                                                  nsapi_size_t size)
{
    rtos::ScopedMutexLock lock(stack_lock());
    UdpEndpoint *udp = UdpEndpoint::of(handle);
    return udp ? udp->receive_from(address, buffer, size) : NSAPI_ERROR_UNSUPPORTED;
}

void PosixStack::socket_attach(nsapi_socket_t handle, void (*callback)(void *), void *data)
{
    rtos::ScopedMutexLock lock(stack_lock());
    if (UdpEndpoint *udp = UdpEndpoint::of(handle)) {
        udp->attach(callback, data);
    } else {
        of(handle)->attach(callback, data);
    }
}

nsapi_error_t PosixStack::setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval, unsigned optlen)
{
    if (level != NSAPI_SOCKET || !optval || optlen != sizeof(int)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    int value = 0;
    memcpy(&value, optval, sizeof value);
    rtos::ScopedMutexLock lock(stack_lock());
    if (UdpEndpoint::of(handle)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    return of(handle)->set_option(optname, value);
}

nsapi_error_t PosixStack::getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen)
{
    if (level != NSAPI_SOCKET || !optval || !optlen || *optlen < sizeof(int)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    int value = 0;
    rtos::ScopedMutexLock lock(stack_lock());
    if (UdpEndpoint::of(handle)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    const nsapi_error_t error = of(handle)->get_option(optname, &value);
    if (error == NSAPI_ERROR_OK) {
        memcpy(optval, &value, sizeof value);
        *optlen = sizeof value;
    }
    return error;
}
