// One TCP socket of lwIP: a connection, or a listener.
#pragma once

#include "lwip/tcp.h"
#include "netsocket/SocketAddress.h"

namespace tlsbench {
namespace lwip {

/// Wraps a protocol control block (PCB). Comes from a static pool. All members need lwIP's lock.
/// lwIP frees the PCB when the connection fails; what was received before stays readable, then comes the error.
class TcpConnection {
public:
    /// @return a fresh one, or null if the pool or lwIP has none left
    static TcpConnection *open();

    void close();
    nsapi_error_t bind(const SocketAddress &address);
    nsapi_error_t listen(int backlog);
    nsapi_error_t connect(const SocketAddress &address);
    nsapi_error_t accept(TcpConnection **connection, SocketAddress *peer);
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size);
    nsapi_size_or_error_t receive(void *data, nsapi_size_t size);
    void attach(void (*callback)(void *), void *data);
    nsapi_error_t set_option(int option, int value);
    nsapi_error_t get_option(int option, int *value) const;

private:
    enum class State : uint8_t { unused, idle, connecting, connected, listening, failed };

    static TcpConnection pool[];

    static TcpConnection *take(tcp_pcb *pcb);
    void watch(tcp_pcb *pcb);
    void widen();
    void reopen(u16_t bytes);
    void changed();

    static err_t on_connected(void *self, tcp_pcb *pcb, err_t error);
    static err_t on_received(void *self, tcp_pcb *pcb, pbuf *data, err_t error);
    static err_t on_sent(void *self, tcp_pcb *pcb, u16_t size);
    static err_t on_poll(void *self, tcp_pcb *pcb);
    static err_t on_accepted(void *self, tcp_pcb *pcb, err_t error);
    static void on_failed(void *self, err_t error);

    State _state = State::unused;
    bool _end_of_stream = false;           // the peer has closed its side
    bool _starved = false;                 // a send found no memory
    u8_t _segments = 1;                    // that it may be sent before somebody reads: its window
    nsapi_error_t _error = NSAPI_ERROR_OK; // why it failed
    tcp_pcb *_pcb = nullptr;
    pbuf *_received = nullptr;
    TcpConnection *_pending = nullptr; // listener: first connection to accept; such a connection: the next
    void (*_callback)(void *) = nullptr;
    void *_callback_data = nullptr;
};

} // namespace lwip
} // namespace tlsbench
