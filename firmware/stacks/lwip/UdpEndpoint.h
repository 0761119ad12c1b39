// One UDP socket of lwIP.
#pragma once

#include "lwip/opt.h"
#include "lwip/udp.h"
#include "netsocket/NetworkStack.h"

namespace tlsbench {
namespace lwip {

/// Wraps a protocol control block (PCB) and the datagrams that nobody has read yet. Comes from a static pool. All
/// members need lwIP's lock. Nothing waits: what does not fit is lost, as UDP allows.
class UdpEndpoint {
public:
    /// @return a fresh one, or null if the pool or lwIP has none left
    static UdpEndpoint *open();

    /// @return the endpoint behind a socket's handle, or null if it is no UDP socket's
    static UdpEndpoint *of(nsapi_socket_t handle);

    void close();
    nsapi_error_t bind(const SocketAddress &address);

    /// @return `size`; NSAPI_ERROR_NO_MEMORY (not now); NSAPI_ERROR_PARAMETER (more than one frame holds: lwIP is built
    ///         without fragments of IP); NSAPI_ERROR_NO_CONNECTION (no interface is up)
    nsapi_size_or_error_t send_to(const SocketAddress &address, const void *data, nsapi_size_t size);

    /// Take the oldest datagram; what `data` has no room for is lost.
    /// @return bytes stored; NSAPI_ERROR_WOULD_BLOCK if there is none
    nsapi_size_or_error_t receive_from(SocketAddress *address, void *data, nsapi_size_t size);

    void attach(void (*callback)(void *), void *data);

private:
    struct Datagram {
        pbuf *data;
        ip_addr_t source;
        u16_t port;
        u16_t size; // of what `data` begins with; other datagrams may follow
    };

    static constexpr bool packs = TLSBENCH_UDP_DATAGRAMS > TLSBENCH_UDP_BUFFERS;

    static UdpEndpoint pool[TLSBENCH_UDP_SOCKETS];

    bool make_room(u16_t buffers);
    bool pack(pbuf *data, const ip_addr_t *source, u16_t port);
    Datagram take(u8_t index);
    static void release(const Datagram &taken);
    void forget_newest();

    static void on_received(void *self, udp_pcb *pcb, pbuf *data, const ip_addr_t *source, u16_t port);

    udp_pcb *_pcb = nullptr; // null: unused
    Datagram _received[TLSBENCH_UDP_DATAGRAMS] = {};
    u8_t _count = 0; // of those, oldest first
    void (*_callback)(void *) = nullptr;
    void *_callback_data = nullptr;
};

} // namespace lwip
} // namespace tlsbench
