/* A transport of the test's own, for images with agent.odd-transports. */
#pragma once

#include "netsocket/Socket.h"

#include <atomic>

namespace tlsbench::agent {

/// Passes every call on to another socket, counts it, and can be made awkward. It is controlled by options of its own
/// level, so the agent needs no other calls for it than those of the socket API. The host has the same numbers.
class OddSocket : public Socket {
public:
    static constexpr int level = 9000;

    enum Option {
        COUNTS,  ///< read only: a uint32_t for each Count
        DELAY,   ///< milliseconds that each send and recv sleeps before it does anything
        HALTING, ///< not 0: every other send and recv finds nothing to do
        PIECE,   ///< most bytes that one send or recv moves; 0: any
        FAILURE, ///< result of each send and recv; 0: what the socket below gives
        OPTIONS,
    };

    enum Count {
        CONNECT,
        CLOSE,
        BIND,
        SET_TIMEOUT,
        SIGIO,
        SETSOCKOPT,
        GETSOCKOPT,
        SEND,
        RECV,
        LISTENER, ///< 1 while sigio() has somebody to call
        TIMEOUT,
        VALUES
    };

    explicit OddSocket(Socket *below) : _below(below) {}

    nsapi_error_t close() override;
    nsapi_error_t connect(const SocketAddress &address) override;
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t sendto(const SocketAddress &address, const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t recvfrom(SocketAddress *address, void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                  nsapi_msghdr_t *control, nsapi_size_t control_size) override;
    nsapi_size_or_error_t recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                  nsapi_size_t control_size) override;
    nsapi_error_t bind(const SocketAddress &address) override;
    void set_blocking(bool blocking) override;
    void set_timeout(int timeout) override;
    void sigio(mbed::Callback<void()> func) override;
    nsapi_error_t setsockopt(int level, int optname, const void *optval, unsigned optlen) override;
    nsapi_error_t getsockopt(int level, int optname, void *optval, unsigned *optlen) override;
    Socket *accept(nsapi_error_t *error) override;
    nsapi_error_t listen(int backlog) override;
    nsapi_error_t getpeername(SocketAddress *address) override;

private:
    nsapi_error_t hindrance(bool &halted);
    nsapi_size_t limited(nsapi_size_t size) const;

    Socket *_below;
    std::atomic<int> _options[OPTIONS] = {}; // set by one worker, used by another
    std::atomic<uint32_t> _values[VALUES] = {};
    bool _halted_sending = false;
    bool _halted_receiving = false;
};

} // namespace tlsbench::agent
