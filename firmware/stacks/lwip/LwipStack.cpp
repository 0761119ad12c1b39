#include "LwipStack.h"

#include "TcpConnection.h"
#include "UdpEndpoint.h"
#include "core.h"
#include "lwip/dns.h"
#include "lwip/netif.h"
#include "lwip_dns_cancel.h"

#include <algorithm>
#include <cstring>
#include <iterator>

using tlsbench::lwip::CoreLock;
using tlsbench::lwip::TcpConnection;
using tlsbench::lwip::to_lwip;
using tlsbench::lwip::to_nsapi;
using tlsbench::lwip::UdpEndpoint;

namespace {

LwipStack stack;

/// The connection behind a TCP socket's handle. UDPSocket makes none of the calls that are for TCP only.
TcpConnection *of(nsapi_socket_t handle)
{
    return static_cast<TcpConnection *>(handle);
}

/// A host name that lwIP looks up.
struct Query {
    int id = 0; // 0: free
    DNS::hostbyname_cb_t callback;
};

Query queries[DNS_TABLE_SIZE];
int last_query_id = 0;

/// RFC 1035 section 2.3.4: labels of 1 to 63 bytes. lwIP would send a longer one as something else.
bool is_host_name(const char *host)
{
    size_t label = 0, length = 0;
    for (; host[length]; length++) {
        label = host[length] == '.' ? 0 : label + 1;
        if (label > 63 || (label == 0 && (length == 0 || host[length - 1] == '.'))) {
            return false;
        }
    }
    return length > 0 && length < DNS_MAX_NAME_LENGTH;
}

void query_ended(const char *, const ip_addr_t *found, void *argument)
{
    auto *query = static_cast<Query *>(argument);
    const DNS::hostbyname_cb_t callback = query->callback;
    *query = Query();
    SocketAddress address = found ? to_nsapi(*found) : SocketAddress();
    callback(found ? 1 : int(NSAPI_ERROR_DNS_FAILURE), found ? &address : nullptr);
}

} // namespace

LwipStack &LwipStack::instance()
{
    return stack;
}

nsapi_error_t LwipStack::get_ip_address(SocketAddress *address)
{
    if (!address) {
        return NSAPI_ERROR_PARAMETER;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (!netif_default || !netif_is_up(netif_default) || ip_addr_isany(&netif_default->ip_addr)) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    *address = to_nsapi(netif_default->ip_addr);
    return NSAPI_ERROR_OK;
}

nsapi_value_or_error_t LwipStack::gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                      nsapi_version_t version, const char *)
{
    if (!host || !callback) {
        return NSAPI_ERROR_PARAMETER;
    }
    SocketAddress literal;
    if (literal.set_ip_address(host)) {
        if (version != NSAPI_UNSPEC && version != literal.get_ip_version()) {
            return NSAPI_ERROR_DNS_FAILURE;
        }
        callback(1, &literal);
        return 0;
    }
    if (!is_host_name(host)) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (version == NSAPI_IPv6) {
        return NSAPI_ERROR_DNS_FAILURE;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (!netif_default || !netif_is_up(netif_default)) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    Query *query = std::find_if(queries, std::end(queries), [](const Query &one) { return one.id == 0; });
    if (query == std::end(queries)) {
        return NSAPI_ERROR_DNS_FAILURE; // a server that doesn't answer keeps them all
    }
    last_query_id = last_query_id == INT32_MAX ? 1 : last_query_id + 1;
    *query = {last_query_id, callback};
    ip_addr_t found;
    switch (dns_gethostbyname(host, &found, query_ended, query)) {
        case ERR_INPROGRESS: return last_query_id;
        case ERR_OK: query_ended(host, &found, query); return 0;
        default: // no server known, or too many queries under way
            *query = Query();
            return NSAPI_ERROR_DNS_FAILURE;
    }
}

nsapi_error_t LwipStack::gethostbyname_async_cancel(int id)
{
    CoreLock lock;
    for (Query &query : queries) {
        if (id > 0 && query.id == id) {
            lwip_dns_cancel(&query);
            query = Query();
            return NSAPI_ERROR_OK;
        }
    }
    return NSAPI_ERROR_PARAMETER;
}

nsapi_error_t LwipStack::add_dns_server(const SocketAddress &address, const char *)
{
    ip_addr_t server;
    if (!address || !to_lwip(address, &server)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    for (u8_t i = DNS_MAX_SERVERS - 1; i > 0; i--) {
        dns_setserver(i, dns_getserver(i - 1));
    }
    dns_setserver(0, &server);
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipStack::get_dns_server(int index, SocketAddress *address, const char *)
{
    if (!address) {
        return NSAPI_ERROR_PARAMETER;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (index < 0 || index >= DNS_MAX_SERVERS || ip_addr_isany(dns_getserver(u8_t(index)))) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    *address = to_nsapi(*dns_getserver(u8_t(index)));
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipStack::socket_open(nsapi_socket_t *handle, nsapi_protocol_t proto)
{
    if (proto != NSAPI_TCP && proto != NSAPI_UDP) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (proto == NSAPI_TCP) {
        *handle = TcpConnection::open();
    } else {
        *handle = UdpEndpoint::open();
    }
    return *handle ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_SOCKET;
}

nsapi_error_t LwipStack::socket_close(nsapi_socket_t handle)
{
    CoreLock lock;
    if (UdpEndpoint *udp = UdpEndpoint::of(handle)) {
        udp->close();
    } else {
        of(handle)->close();
    }
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipStack::socket_bind(nsapi_socket_t handle, const SocketAddress &address)
{
    CoreLock lock;
    UdpEndpoint *udp = UdpEndpoint::of(handle);
    return udp ? udp->bind(address) : of(handle)->bind(address);
}

nsapi_error_t LwipStack::socket_listen(nsapi_socket_t handle, int backlog)
{
    CoreLock lock;
    return of(handle)->listen(backlog);
}

nsapi_error_t LwipStack::socket_connect(nsapi_socket_t handle, const SocketAddress &address)
{
    CoreLock lock;
    return of(handle)->connect(address);
}

nsapi_error_t LwipStack::socket_accept(nsapi_socket_t server, nsapi_socket_t *handle, SocketAddress *address)
{
    CoreLock lock;
    TcpConnection *connection = nullptr;
    const nsapi_error_t error = of(server)->accept(&connection, address);
    *handle = connection;
    return error;
}

nsapi_size_or_error_t LwipStack::socket_send(nsapi_socket_t handle, const void *data, nsapi_size_t size)
{
    CoreLock lock;
    return of(handle)->send(data, size);
}

nsapi_size_or_error_t LwipStack::socket_recv(nsapi_socket_t handle, void *data, nsapi_size_t size)
{
    CoreLock lock;
    return of(handle)->receive(data, size);
}

nsapi_size_or_error_t LwipStack::socket_sendto(nsapi_socket_t handle, const SocketAddress &address, const void *data,
                                               nsapi_size_t size)
{
    CoreLock lock;
    UdpEndpoint *udp = UdpEndpoint::of(handle);
    return udp ? udp->send_to(address, data, size) : NSAPI_ERROR_UNSUPPORTED;
}

nsapi_size_or_error_t LwipStack::socket_recvfrom(nsapi_socket_t handle, SocketAddress *address, void *buffer,
                                                 nsapi_size_t size)
{
    CoreLock lock;
    UdpEndpoint *udp = UdpEndpoint::of(handle);
    return udp ? udp->receive_from(address, buffer, size) : NSAPI_ERROR_UNSUPPORTED;
}

void LwipStack::socket_attach(nsapi_socket_t handle, void (*callback)(void *), void *data)
{
    CoreLock lock;
    if (UdpEndpoint *udp = UdpEndpoint::of(handle)) {
        udp->attach(callback, data);
    } else {
        of(handle)->attach(callback, data);
    }
}

nsapi_error_t LwipStack::setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval, unsigned optlen)
{
    if (level != NSAPI_SOCKET || !optval || optlen != sizeof(int)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    int value = 0;
    memcpy(&value, optval, sizeof value);
    CoreLock lock;
    return UdpEndpoint::of(handle) ? NSAPI_ERROR_UNSUPPORTED : of(handle)->set_option(optname, value);
}

nsapi_error_t LwipStack::getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen)
{
    if (level != NSAPI_SOCKET || !optval || !optlen || *optlen < sizeof(int)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    int value = 0;
    CoreLock lock;
    const nsapi_error_t error =
        UdpEndpoint::of(handle) ? NSAPI_ERROR_UNSUPPORTED : of(handle)->get_option(optname, &value);
    if (error == NSAPI_ERROR_OK) {
        memcpy(optval, &value, sizeof value);
        *optlen = sizeof value;
    }
    return error;
}
