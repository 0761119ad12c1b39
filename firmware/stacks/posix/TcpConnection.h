// One TCP socket of the operating system: a connection, or a listener.
#pragma once

#include "Watched.h"
#include "netsocket/SocketAddress.h"

namespace tlsbench {
namespace posix {

/// Comes from a static pool. All members need the stack's lock. What was received before a failure stays readable.
class TcpConnection : public Watched {
public:
    /// @param descriptor a connection that was accepted; -1: make a new socket
    /// @return null if the pool or the system has none left
    static TcpConnection *open(int descriptor = -1);

    void close();
    nsapi_error_t bind(const SocketAddress &address);
    nsapi_error_t listen(int backlog);
    nsapi_error_t connect(const SocketAddress &address);
    nsapi_error_t accept(TcpConnection **connection, SocketAddress *peer);
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size);
    nsapi_size_or_error_t receive(void *data, nsapi_size_t size);
    nsapi_error_t set_option(int option, int value);
    nsapi_error_t get_option(int option, int *value) const;

private:
    enum class State : uint8_t { unused, idle, connecting, connected, listening, failed };

    static TcpConnection pool[];

    nsapi_error_t fail(int error);
    void look_whether_connected();

    State _state = State::unused;
    nsapi_error_t _error = NSAPI_ERROR_OK; // why it failed
    int _descriptor = -1;
};

} // namespace posix
} // namespace tlsbench
