// A host that a socket looks up in connect(). For the sockets' own sources only.
#pragma once

#include "netsocket/NetworkStack.h"

#include <atomic>

namespace tlsbench {

/// Tells its owner when there is an answer. It may end at any time: then nothing hears of the answer any more.
class Lookup {
public:
    /// @param host name or address
    /// @param wake called when there is an answer, perhaps from the stack's thread
    Lookup(NetworkStack &stack, const char *host, mbed::Callback<void()> wake) : _stack(stack), _wake(wake)
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
        _wake();
    }

    NetworkStack &_stack;
    mbed::Callback<void()> _wake;
    nsapi_addr_t _address{};
    std::atomic<nsapi_value_or_error_t> _found{NSAPI_ERROR_IN_PROGRESS};
    nsapi_value_or_error_t _id;
};

} // namespace tlsbench
