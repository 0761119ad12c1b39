#include "UdpEndpoint.h"

#include "ReceiveBuffers.h"
#include "core.h"

#include <algorithm>

namespace tlsbench {
namespace lwip {
namespace {

constexpr u16_t headers = IP_HLEN + UDP_HLEN;

} // namespace

UdpEndpoint UdpEndpoint::pool[TLSBENCH_UDP_SOCKETS];

UdpEndpoint *UdpEndpoint::open()
{
    for (UdpEndpoint &one : pool) {
        if (!one._pcb) {
            one._pcb = udp_new_ip_type(IPADDR_TYPE_V4);
            if (one._pcb) {
                udp_recv(one._pcb, on_received, &one);
            }
            return one._pcb ? &one : nullptr;
        }
    }
    return nullptr;
}

UdpEndpoint *UdpEndpoint::of(nsapi_socket_t handle)
{
    for (UdpEndpoint &one : pool) {
        if (handle == &one) {
            return &one;
        }
    }
    return nullptr;
}

void UdpEndpoint::close()
{
    udp_remove(_pcb);
    while (_count > 0) {
        release(take(0));
    }
    *this = UdpEndpoint();
}

nsapi_error_t UdpEndpoint::bind(const SocketAddress &address)
{
    ip_addr_t local;
    if (_pcb->local_port != 0 || !to_lwip(address, &local)) {
        return NSAPI_ERROR_PARAMETER;
    }
    return to_nsapi(udp_bind(_pcb, &local, address.get_port()));
}

nsapi_size_or_error_t UdpEndpoint::send_to(const SocketAddress &address, const void *data, nsapi_size_t size)
{
    ip_addr_t peer;
    if (!to_lwip(address, &peer) || ip_addr_isany_val(peer)) {
        return NSAPI_ERROR_PARAMETER;
    }
    const struct netif *way = ip_route(&_pcb->local_ip, &peer);
    if (!way) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    if (size > nsapi_size_t(way->mtu - headers)) {
        return NSAPI_ERROR_PARAMETER;
    }
    pbuf *copy = pbuf_alloc(PBUF_TRANSPORT, u16_t(size), PBUF_RAM);
    if (!copy) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    pbuf_take(copy, data, u16_t(size));
    const err_t error = udp_sendto(_pcb, copy, &peer, address.get_port());
    pbuf_free(copy);
    return error == ERR_OK ? nsapi_size_or_error_t(size) : to_nsapi(error);
}

nsapi_size_or_error_t UdpEndpoint::receive_from(SocketAddress *address, void *data, nsapi_size_t size)
{
    if (_count == 0) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    const Datagram oldest = take(0);
    const u16_t part = u16_t(std::min<nsapi_size_t>(size, oldest.size));
    pbuf_copy_partial(oldest.data, data, part, 0);
    release(oldest);
    if (address) {
        *address = to_nsapi(oldest.source, oldest.port);
    }
    return part;
}

UdpEndpoint::Datagram UdpEndpoint::take(u8_t index)
{
    const Datagram taken = _received[index];
    std::copy(_received + index + 1, _received + _count, _received + index);
    _count--;
    return taken;
}

/// Give back the oldest datagram of a buffer.
void UdpEndpoint::release(const Datagram &taken)
{
    if (packs && taken.data->ref > 1) {
        pbuf_remove_header(taken.data, taken.size); // the next one begins behind it
    } else {
        ReceiveBuffers::datagrams = u16_t(ReceiveBuffers::datagrams - pbuf_clen(taken.data));
    }
    pbuf_free(taken.data);
}

/// Give back the newest datagram, which is the last in its buffer.
void UdpEndpoint::forget_newest()
{
    const Datagram newest = take(u8_t(_count - 1));
    if (packs && newest.data->ref > 1) {
        newest.data->len = newest.data->tot_len = u16_t(newest.data->tot_len - newest.size);
        pbuf_free(newest.data);
    } else {
        release(newest);
    }
}

/// Copy a datagram behind the newest one, if that one's buffer has room, and free its own.
bool UdpEndpoint::pack(pbuf *data, const ip_addr_t *source, u16_t port)
{
    pbuf *into = _count ? _received[_count - 1].data : nullptr;
    if (!into || into->next) {
        return false;
    }
    // As pbuf.c lays it out.
    const u8_t *end = reinterpret_cast<u8_t *>(into) + LWIP_MEM_ALIGN_SIZE(sizeof(pbuf)) + PBUF_POOL_BUFSIZE;
    u8_t *start = static_cast<u8_t *>(into->payload) + into->len;
    if (data->tot_len > end - start) {
        return false;
    }
    pbuf_copy_partial(data, start, data->tot_len, 0);
    into->len = into->tot_len = u16_t(into->tot_len + data->tot_len);
    pbuf_ref(into);
    _received[_count++] = {into, *source, port, data->tot_len};
    pbuf_free(data);
    return true;
}

/// There is a limit for all sockets together, and one that has the most datagrams waiting loses its newest for one that
/// has none or far fewer.
bool UdpEndpoint::make_room(u16_t buffers)
{
    while (ReceiveBuffers::datagrams + buffers > ReceiveBuffers::datagrams_at_most()) {
        UdpEndpoint *most =
            std::max_element(pool, pool + TLSBENCH_UDP_SOCKETS, [](const UdpEndpoint &one, const UdpEndpoint &other) {
                return one._count < other._count;
            });
        if (most->_count <= (_count ? _count + 1 : 0)) {
            return false;
        }
        most->forget_newest();
    }
    return true;
}

void UdpEndpoint::attach(void (*callback)(void *), void *data)
{
    _callback = callback;
    _callback_data = data;
}

/// In lwIP's thread, under its lock.
void UdpEndpoint::on_received(void *argument, udp_pcb *, pbuf *data, const ip_addr_t *source, u16_t port)
{
    auto *self = static_cast<UdpEndpoint *>(argument);
    if (packs && self->_count == TLSBENCH_UDP_DATAGRAMS) {
        pbuf_free(data);
        return;
    }
    if (!packs || !self->pack(data, source, port)) {
        const u16_t buffers = pbuf_clen(data);
        if (!self->make_room(buffers)) {
            pbuf_free(data);
            return;
        }
        ReceiveBuffers::datagrams = u16_t(ReceiveBuffers::datagrams + buffers);
        self->_received[self->_count++] = {data, *source, port, data->tot_len};
    }
    if (self->_callback) {
        self->_callback(self->_callback_data);
    }
}

} // namespace lwip
} // namespace tlsbench
