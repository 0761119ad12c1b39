// A host that TLSSocketWrapper looks up. For its own sources only.
#pragma once

#include "netsocket/NetworkStack.h"
#include "netsocket/TLSSocketWrapper.h"

#include <atomic>

/// Wakes connect() when there is an answer. It may end at any time: then nothing hears of the answer any more.
class TLSSocketWrapper::Lookup {
public:
    /// @param host name or address
    Lookup(TLSSocketWrapper &socket, NetworkStack &stack, const char *host) : _socket(socket), _stack(stack)
    {
        _id = stack.gethostbyname_async(
            host, [this](nsapi_value_or_error_t found, SocketAddress *address) { take(found, address); });
        if (_id < 0) {
            _found = _id;
        }
    }

    // Also once there is an answer: who has seen that may be ahead of the thread that still gives it.
    ~Lookup()
    {
        if (_id > 0) {
            _stack.gethostbyname_async_cancel(_id);
        }
    }

    Lookup(const Lookup &) = delete;
    Lookup &operator=(const Lookup &) = delete;

    bool ended() const { return _found != NSAPI_ERROR_IN_PROGRESS; }

    /// Of a lookup that has ended.
    /// @param address takes the address; its port stays
    /// @return NSAPI_ERROR_OK; NSAPI_ERROR_DNS_FAILURE (no such host) or what the stack said
    nsapi_error_t result(SocketAddress *address) const
    {
        const nsapi_value_or_error_t found = _found;
        if (found > 0) {
            address->set_addr(_address);
            return NSAPI_ERROR_OK;
        }
        return found == 0 ? int(NSAPI_ERROR_DNS_FAILURE) : found;
    }

private:
    void take(nsapi_value_or_error_t found, SocketAddress *address)
    {
        if (found > 0) {
            _address = address->get_addr();
        }
        _found = found;
        if constexpr (tlsbench::tls::nonblocking_handshake) {
            _socket.event(); // nobody may be waiting: whoever calls connect() again wants to hear when
        } else {
            _socket.wake(CONNECT);
        }
    }

    TLSSocketWrapper &_socket;
    NetworkStack &_stack;
    nsapi_addr_t _address{};
    std::atomic<nsapi_value_or_error_t> _found{NSAPI_ERROR_IN_PROGRESS};
    nsapi_value_or_error_t _id;
};
