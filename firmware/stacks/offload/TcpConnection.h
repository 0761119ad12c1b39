// One TCP socket of the host's: a connection, or a listener.
#pragma once

#include "Endpoint.h"

namespace tlsbench {
namespace offload {

/// Comes from a static pool. All members need the stack's lock. What was received before a failure stays readable.
class TcpConnection final : public Endpoint {
public:
    /// @return null if the pool has none left
    static TcpConnection *open();

    static TcpConnection pool[MBED_CONF_OFFLOAD_SOCKETS];

    void close() { finish(); }

    nsapi_error_t bind(const SocketAddress &address);
    nsapi_error_t listen(int backlog);
    nsapi_error_t set_option(int option, int value);
    /// Of TLS that the host does. Once that was enabled or disabled, a connect() that failed may be followed by
    /// another. A socket that was lost with the session can be set up anew; nothing of what was set before is set then.
    nsapi_error_t set_tls_option(int option, const void *value, size_t size);
    nsapi_error_t get_option(int option, int *value);
    nsapi_error_t connect(const SocketAddress &address);
    nsapi_error_t accept(TcpConnection **connection, SocketAddress *peer);
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size);
    nsapi_size_or_error_t receive(void *data, nsapi_size_t size);

    void on_message(const offload_ToTarget &message, const Bytes &data) override;
    void on_down() override;

private:
    enum class State : uint8_t { idle, connecting, connected, listening, failed };

    void renew(uint32_t number);
    void reopen();
    void fail(nsapi_error_t error);

    State _state = State::idle;
    bool _ended = false;                   // nothing more comes
    bool _renewable = false;               // a failed connect() is not the end
    bool _again = false;                   // and this one's result has been told, or nobody wants it
    nsapi_error_t _error = NSAPI_ERROR_OK; // why it failed
    uint32_t _sent = 0, _send_limit = 0;
    uint32_t _waiting = 0; // a listener's: the connection that waits to be accepted
};

} // namespace offload
} // namespace tlsbench
