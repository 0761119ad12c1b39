// How a call of TLSSocketWrapper waits. For its own sources only.
#pragma once

#include "netsocket/TLSSocketWrapper.h"

namespace tlsbench::tls {

// A transport that calls sigio is asked again when it does; one that doesn't, after these times.
constexpr rtos::Kernel::Clock::duration_u32 first_backoff{4};
constexpr rtos::Kernel::Clock::duration_u32 longest_backoff{512};

// How often Mbed TLS may ask the transport before it must let others on. It skips what a peer may send in any number,
// such as warnings that it does not know, without ever coming back. Enough for a record of the largest size.
constexpr uint8_t reads_per_attempt = 64;

inline bool wants_more(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/// Whether Mbed TLS would go on with a computation in its next step.
inline bool computes_on(int ret)
{
    return nonblocking_handshake && ret == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS;
}

} // namespace tlsbench::tls

/// A thread's stay in a call: it holds the lock, except while it sleeps in pause(), and close() waits for its end.
class TLSSocketWrapper::Call {
public:
    /// @param side what the call does; only one thread at a time may do it
    Call(TLSSocketWrapper &socket, uint32_t side) : _socket(socket), _side(uint8_t(side)), _entered(socket.enter())
    {
        if (!_entered) {
            // What there is news of may be there already, and no more may come: have the caller ask again.
            _socket.event();
            return;
        }
        error = _socket.ready(side);
        if (error == NSAPI_ERROR_OK) {
            _socket._busy |= _side;
        }
    }

    ~Call()
    {
        if (error == NSAPI_ERROR_OK) {
            _socket._busy &= uint8_t(~_side);
            _socket.wake(LEFT);
        }
        if (_entered) {
            _socket._lock.unlock();
        }
    }

    nsapi_error_t error = NSAPI_ERROR_WOULD_BLOCK; ///< why there can be no such call now

private:
    TLSSocketWrapper &_socket;
    uint8_t _side;
    bool _entered;
};

/// Have Mbed TLS attempt something until it no longer wants to wait for the transport.
/// @return what Mbed TLS returned, or why pause() gave up
template <typename Attempt> int TLSSocketWrapper::repeat(uint32_t side, const Deadline &deadline, Attempt attempt)
{
    using tlsbench::tls::nonblocking_handshake;
    Deadline::Milliseconds backoff = tlsbench::tls::first_backoff;
    for (;;) {
        _progress = false;
        _drained = false;
        _reads_left = tlsbench::tls::reads_per_attempt;
        _transport->set_blocking(false);
        int ret = attempt();
        _transport->set_timeout(_timeout);
        if (!tlsbench::tls::wants_more(ret)) {
            return ret;
        }
        if (_progress) {
            backoff = tlsbench::tls::first_backoff;
        }
        // No news will come of what the transport still has.
        bool has_more = ret == MBEDTLS_ERR_SSL_WANT_READ && !_drained;
        ret = has_more ? give_way(deadline) : pause(side, deadline, backoff);
        if (ret != NSAPI_ERROR_OK) {
            const bool calls_again = side == READ || (nonblocking_handshake && side == CONNECT);
            if (has_more && calls_again && ret == NSAPI_ERROR_WOULD_BLOCK) {
                event(); // else a caller that waits for sigio would wait for ever
            }
            return ret;
        }
    }
}
