#ifndef TLSBENCH_NETSOCKET_INTERNETSOCKET_H
#define TLSBENCH_NETSOCKET_INTERNETSOCKET_H

#include "netsocket/NetworkStack.h"
#include "netsocket/Socket.h"
#include "rtos/EventFlags.h"
#include "rtos/Mutex.h"

namespace tlsbench::tls {
template <typename Wrapper, typename Transport> class SecureSocket;
}

/// Common part of the sockets that a NetworkStack provides. Applications use TCPSocket and UDPSocket.
class InternetSocket : public Socket {
public:
    InternetSocket(const InternetSocket &) = delete;
    InternetSocket &operator=(const InternetSocket &) = delete;

    /// Closes the socket if it is open.
    ~InternetSocket() override;

    /// Take a socket of the stack.
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_PARAMETER (no stack, or open already), NSAPI_ERROR_NO_SOCKET (none left),
    ///         NSAPI_ERROR_BUSY (another thread's close() still waits for calls in progress to leave)
    nsapi_error_t open(NetworkStack *stack);

    /// Take a socket of the interface's stack.
    template <typename S> nsapi_error_t open(S *stack) { return open(nsapi_create_stack(stack)); }

    nsapi_error_t close() override;

    /// Take a local port on every local address.
    nsapi_error_t bind(uint16_t port);
    nsapi_error_t bind(const SocketAddress &address) override;

    void set_blocking(bool blocking) override;
    void set_timeout(int timeout) override;
    void sigio(mbed::Callback<void()> func) override;
    nsapi_error_t setsockopt(int level, int optname, const void *optval, unsigned optlen) override;
    nsapi_error_t getsockopt(int level, int optname, void *optval, unsigned *optlen) override;
    nsapi_error_t getpeername(SocketAddress *address) override;

protected:
    InternetSocket() = default;
    virtual nsapi_protocol_t get_proto() = 0;

    template <typename Wrapper, typename Transport> friend class tlsbench::tls::SecureSocket; // looks up on _stack

    /// Which kind of call waits: at most one of each at a time.
    enum Side : uint32_t { READ_FLAG = 1, WRITE_FLAG = 2, FINISHED_FLAG = 4 };

    /// Refers to a callable, without owning it: lives as long as the call it is an argument of.
    class Attempt {
    public:
        template <typename F>
        Attempt(const F &function)
            : _object(&function),
              _call([](const void *object) -> nsapi_size_or_error_t { return (*static_cast<const F *>(object))(); })
        {
        }
        nsapi_size_or_error_t operator()() const { return _call(_object); }

    private:
        const void *_object;
        nsapi_size_or_error_t (*_call)(const void *);
    };

    /// Repeat an attempt, under the socket's lock, until it no longer says `again` or the timeout passes.
    /// @param side    READ_FLAG or WRITE_FLAG
    /// @param attempt asks the stack once, without blocking
    /// @param again   decides on an attempt's result
    /// @return the last result; NSAPI_ERROR_NO_SOCKET if closed, meanwhile too; NSAPI_ERROR_BUSY if another thread
    ///         is in a call of the same side
    nsapi_size_or_error_t repeat(Side side, Attempt attempt, bool (*again)(nsapi_size_or_error_t));

    /// Take over a socket of the stack. The caller holds the lock, or nobody else knows this object yet.
    void adopt(NetworkStack *stack, nsapi_socket_t socket);

    /// Give the socket back to the stack and wait until calls in progress have left.
    nsapi_error_t release();

    /// Called by the stack, from its thread.
    void event();

    NetworkStack *_stack = nullptr;
    nsapi_socket_t _socket = nullptr;
    uint32_t _timeout = osWaitForever; // milliseconds
    nsapi_addr_t _peer{};              // not a SocketAddress: that has room for text, too
    uint16_t _peer_port = 0;
    uint8_t _busy = 0;     // sides with a call in progress
    bool _closing = false; // close() waits for those calls to leave
    bool _factory_allocated = false;
    mbed::Callback<void()> _callback;
    rtos::Mutex _lock;
    rtos::EventFlags _event_flag;
};

#endif
