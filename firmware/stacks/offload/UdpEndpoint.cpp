#include "UdpEndpoint.h"

#include <algorithm>

namespace tlsbench {
namespace offload {

namespace {

// Ethernet's 1500 bytes less the headers of IP and UDP: on no stack does a datagram need pieces on the network.
constexpr size_t kLongest = 1472;

} // namespace

UdpEndpoint UdpEndpoint::pool[MBED_CONF_OFFLOAD_DATAGRAM_SOCKETS];

UdpEndpoint *UdpEndpoint::open()
{
    UdpEndpoint *const one = take_unused(pool);
    if (one) {
        one->_missing = 0;
        one->begin(true);
    }
    return one;
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

nsapi_size_or_error_t UdpEndpoint::send_to(const SocketAddress &address, const void *data, nsapi_size_t size)
{
    if (address.get_ip_version() != NSAPI_IPv4 || !address || size > kLongest) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (lost()) {
        return NSAPI_ERROR_CONNECTION_LOST;
    }
    Session &session = Session::instance();
    if (!session.up()) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    offload_ToHost message = this->message();
    message.which_what = offload_ToHost_datagram_tag;
    message.what.datagram.address = to_number(address.get_addr());
    message.what.datagram.port = address.get_port();
    message.what.datagram.size = uint32_t(size);
    // The first message is the one with the least room.
    const size_t pieces = std::max<size_t>(1, (size + session.data_room(message) - 1) / session.data_room(message));
    if (pieces > Session::kFrames) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (session.room() < pieces || _wants) {
        _starving = true;
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    Bytes rest = {static_cast<const uint8_t *>(data), size};
    do {
        const size_t count = std::min(rest.count, session.data_room(message));
        session.send(message, {rest.at, count});
        rest = {rest.at + count, rest.count - count};
        message = this->message();
    } while (rest.count);
    return nsapi_size_or_error_t(size);
}

nsapi_size_or_error_t UdpEndpoint::receive_from(SocketAddress *address, void *data, nsapi_size_t size)
{
    Head head;
    if (fill() < sizeof head) {
        return lost() ? NSAPI_ERROR_CONNECTION_LOST : NSAPI_ERROR_WOULD_BLOCK;
    }
    peek(0, &head, sizeof head);
    if (fill() < sizeof head + head.size) {
        return NSAPI_ERROR_WOULD_BLOCK; // its end is still to come
    }
    const size_t count = std::min<size_t>(size, head.size);
    peek(sizeof head, data, count);
    drop(sizeof head + head.size);
    if (address) {
        *address = SocketAddress(to_address(head.address), head.port);
    }
    return nsapi_size_or_error_t(count);
}

// A host that does not keep to the limit loses whole datagrams: what stands before one is never part of another.
void UdpEndpoint::on_message(const offload_ToTarget &message, const Bytes &data)
{
    if (message.which_what == offload_ToTarget_datagram_tag) {
        const offload_Endpoint &datagram = message.what.datagram;
        const Head head = {datagram.address, uint16_t(datagram.port), uint16_t(datagram.size)};
        if (_missing || datagram.size > kReceiveBytes || fill() + sizeof head + datagram.size > kReceiveBytes) {
            return;
        }
        put(reinterpret_cast<const uint8_t *>(&head), sizeof head);
        _missing = head.size;
    } else if (_missing == 0) {
        return;
    }
    const size_t count = std::min<size_t>(_missing, data.count);
    put(data.at, count);
    _missing -= uint32_t(count);
    if (_missing == 0) {
        changed();
    }
}

void UdpEndpoint::on_down()
{
    _known = false;
    if (leaving()) {
        _number = 0;
    } else {
        restart();
        _missing = 0;
        _wants = _set ? 0 : OPEN; // nobody would send to the address of another
        changed();
    }
}

} // namespace offload
} // namespace tlsbench
