// One UDP socket of the host's.
#pragma once

#include "Endpoint.h"

namespace tlsbench {
namespace offload {

/// Comes from a static pool. All members need the stack's lock.
class UdpEndpoint final : public Endpoint {
public:
    /// @return null if the pool has none left
    static UdpEndpoint *open();

    /// @return the endpoint behind a socket's handle, or null if it is no UDP socket's
    static UdpEndpoint *of(nsapi_socket_t handle);

    static UdpEndpoint pool[MBED_CONF_OFFLOAD_DATAGRAM_SOCKETS];

    void close() { finish(); }

    /// @return `size`; NSAPI_ERROR_WOULD_BLOCK; NSAPI_ERROR_PARAMETER (more than Ethernet carries in one piece, or than
    ///         `offload.send-frames` hold); NSAPI_ERROR_CONNECTION_LOST (it was bound, in a session that has ended)
    nsapi_size_or_error_t send_to(const SocketAddress &address, const void *data, nsapi_size_t size);

    /// Take the oldest datagram; what `data` has no room for is lost.
    /// @return bytes stored; NSAPI_ERROR_WOULD_BLOCK if there is none; NSAPI_ERROR_CONNECTION_LOST as above
    nsapi_size_or_error_t receive_from(SocketAddress *address, void *data, nsapi_size_t size);

    void on_message(const offload_ToTarget &message, const Bytes &data) override;
    void on_down() override;

private:
    /// What stands before each datagram that was received.
    struct Head {
        uint32_t address;
        uint16_t port;
        uint16_t size;
    };

    uint32_t _missing = 0; // of the datagram that is coming in
};

} // namespace offload
} // namespace tlsbench
