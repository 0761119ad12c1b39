#include "netsocket/TLSSocketWrapper.h"

#include "netsocket/tls/Configuration.h"
#include "netsocket/tls/errors.h"
#include "netsocket/tls/trace.h"
#include "netsocket/tls/waiting.h"
#include "platform/CriticalSectionLock.h"
#include "platform/ScopedLock.h"
#include "rtos/ThisThread.h"
#include "tls_config/AllocationWatch.h"

#include "mbedtls/platform.h"

using namespace tlsbench::tls;

namespace {

using Locked = mbed::ScopedLock<rtos::Mutex>;
using Milliseconds = rtos::Kernel::Clock::duration_u32;

constexpr int longest_goodbye_ms = 2000;

/// Whether this thread is in a handshake's step: that of a socket whose transport is the one that asks.
bool in_a_step()
{
    return Configuration::lock.get_owner() == rtos::ThisThread::get_id();
}

} // namespace

TLSSocketWrapper::TLSSocketWrapper(Socket *transport, const char *hostname, control_transport control)
    : _transport(transport), _control(control)
{
    if (hostname) {
        set_hostname(hostname);
    }
}

TLSSocketWrapper::~TLSSocketWrapper()
{
    TLSSocketWrapper::close();
    forget();
}

/// Take the lock. TLS inside TLS: the transport's lock comes before Configuration::lock, as in its setters and close(),
/// so who has that one must not wait here. He asks again without it; repeat() then waits in set_timeout().
/// @return false: another thread has the lock, and this one must not wait for it
bool TLSSocketWrapper::enter()
{
    if (in_a_step()) {
        return _lock.trylock();
    }
    _lock.lock();
    return true;
}

nsapi_error_t TLSSocketWrapper::ready(uint32_t side) const
{
    if (!_transport || _closing) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    if (side == CONNECT) {
        switch (_state) {
            case State::CONNECTING:
                return nonblocking_handshake && !(_busy & CONNECT) ? NSAPI_ERROR_OK : NSAPI_ERROR_ALREADY;
            case State::CONNECTED:
            case State::ENDED: return NSAPI_ERROR_IS_CONNECTED;
            default: return NSAPI_ERROR_OK;
        }
    }
    switch (_state) {
        case State::CLOSED: return NSAPI_ERROR_NO_SOCKET;
        case State::IDLE:
        case State::CONNECTING: return NSAPI_ERROR_NO_CONNECTION;
        case State::ENDED: return _ended_by;
        default: return _busy & side ? NSAPI_ERROR_BUSY : NSAPI_ERROR_OK;
    }
}

nsapi_error_t TLSSocketWrapper::pause(uint32_t side, const Deadline &deadline, Milliseconds &backoff)
{
    Milliseconds left = deadline.left();
    if (left.count() == 0 || in_a_step()) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    // A handshake that was given up leaves its timer behind.
    const Milliseconds timed = _ssl ? timer() : rtos::Kernel::wait_for_u32_forever;
    _lock.unlock();
    uint32_t woken = _events.wait_any_for(side, std::min({left, backoff, timed}));
    _lock.lock();
    backoff = woken & osFlagsError ? std::min(backoff * 2, longest_backoff) : first_backoff;
    return _closing && _busy ? NSAPI_ERROR_NO_SOCKET : NSAPI_ERROR_OK;
}

/// Let others have the lock and the processor, then go on.
/// @return as pause()
nsapi_error_t TLSSocketWrapper::give_way(const Deadline &deadline)
{
    if (in_a_step()) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    _lock.unlock();
    rtos::ThisThread::yield();
    _lock.lock();
    if (_closing && _busy) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    return deadline.passed() ? NSAPI_ERROR_WOULD_BLOCK : NSAPI_ERROR_OK;
}

void TLSSocketWrapper::event()
{
    wake(READ | WRITE | CONNECT);
    mbed::Callback<void()> sigio;
    {
        mbed::CriticalSectionLock lock;
        sigio = _sigio;
    }
    if (sigio) {
        sigio();
    }
}

int TLSSocketWrapper::bio_send(void *self, const unsigned char *data, size_t size)
{
    auto socket = static_cast<TLSSocketWrapper *>(self);
    int ret = socket->_transport->send(data, size);
    socket->_progress |= ret > 0;
    if (ret == NSAPI_ERROR_NO_MEMORY && socket->over_datagrams()) {
        return MBEDTLS_ERR_SSL_WANT_WRITE; // the stack's, and for now
    }
    return ret == NSAPI_ERROR_WOULD_BLOCK || ret == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : ret;
}

int TLSSocketWrapper::bio_recv(void *self, unsigned char *data, size_t size)
{
    auto socket = static_cast<TLSSocketWrapper *>(self);
    int ret;
    do {
        if (socket->_reads_left == 0) {
            return MBEDTLS_ERR_SSL_WANT_READ;
        }
        --socket->_reads_left;
        ret = socket->_transport->recv(data, size);
    } while (ret == 0 && socket->over_datagrams()); // an empty datagram, which anybody can send, ends nothing
    socket->_progress |= ret > 0;
    socket->_drained = ret == NSAPI_ERROR_WOULD_BLOCK;
    return socket->_drained ? MBEDTLS_ERR_SSL_WANT_READ : ret;
}

nsapi_error_t TLSSocketWrapper::end(int tls_error, bool out_of_memory)
{
    _tls_error = tls_error;
    _ended_by = to_nsapi(tls_error, _ssl, out_of_memory);
    _state = State::ENDED;
    trace_failure(_ended_by, tls_error, 0, _ssl);
    return _ended_by;
}

/// Hand over the rest of a record that the transport has not wholly taken yet.
/// @return 0 or Mbed TLS's code
int TLSSocketWrapper::flush()
{
    static const unsigned char nothing = 0;
    return _ssl->MBEDTLS_PRIVATE(out_left) ? mbedtls_ssl_write(_ssl, &nothing, 0) : 0;
}

int TLSSocketWrapper::write(const void *data, nsapi_size_t size)
{
    // What waits may be a record of ours or an alert, with which Mbed TLS answered while another thread received; and
    // that thread may have sent our record on. mbedtls_ssl_write() takes whatever waits for the data it is called with.
    int ret = flush();
    if (ret != 0) {
        return ret;
    }
    if (_pending) {
        ret = int(_pending);
        _pending = 0;
        return ret;
    }
    ret = mbedtls_ssl_write(_ssl, static_cast<const unsigned char *>(data), size);
    if (wants_more(ret)) {
        int most = mbedtls_ssl_get_max_out_record_payload(_ssl);
        _pending = most > 0 ? std::min(size, nsapi_size_t(most)) : size;
    }
    return ret;
}

nsapi_size_or_error_t TLSSocketWrapper::send(const void *data, nsapi_size_t size)
{
    Deadline deadline(_timeout);
    if constexpr (nonblocking_handshake) {
        nsapi_error_t ret = finish_handshake(deadline);
        if (ret != NSAPI_ERROR_OK) {
            return ret;
        }
    }
    Call call(*this, WRITE);
    if (call.error != NSAPI_ERROR_OK) {
        return call.error;
    }
    if ((!data && size) || size < _pending) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (over_datagrams() && size > nsapi_size_t(std::max(mbedtls_ssl_get_max_out_record_payload(_ssl), 0))) {
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA; // it would not stay one message; nothing is lost by the attempt
    }
    AllocationWatch watch;
    auto bytes = static_cast<const unsigned char *>(data);
    nsapi_size_t sent = 0;
    while (sent < size) {
        int ret = repeat(WRITE, deadline, [&] { return write(bytes + sent, size - sent); });
        if (ret == NSAPI_ERROR_NO_SOCKET) {
            return ret;
        }
        if (ret <= 0) {
            if (over_datagrams()) {
                _pending = 0; // the next message is another one; what waits of this one goes before it
            }
            ret = ret == NSAPI_ERROR_WOULD_BLOCK ? ret : end(ret, watch.refused());
            return sent ? nsapi_size_or_error_t(sent) : ret;
        }
        sent += nsapi_size_t(ret);
        if (deadline.passed()) {
            break; // a transport that takes everything at once must not make the call longer than it may be
        }
    }
    return nsapi_size_or_error_t(sent);
}

nsapi_size_or_error_t TLSSocketWrapper::recv(void *data, nsapi_size_t size)
{
    Deadline deadline(_timeout);
    if constexpr (nonblocking_handshake) {
        nsapi_error_t ret = finish_handshake(deadline);
        if (ret != NSAPI_ERROR_OK) {
            return ret;
        }
    }
    Call call(*this, READ);
    if (call.error != NSAPI_ERROR_OK) {
        return call.error;
    }
    if (!data && size) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (_peer_closed || size == 0) {
        return 0;
    }
    AllocationWatch watch;
    int ret = repeat(READ, deadline, [&] { return mbedtls_ssl_read(_ssl, static_cast<unsigned char *>(data), size); });
    if (ret > 0 || ret == NSAPI_ERROR_WOULD_BLOCK || ret == NSAPI_ERROR_NO_SOCKET) {
        return ret;
    }
    if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        _peer_closed = true;
        return 0;
    }
    // 0 is an end of the stream that the peer didn't announce: somebody may have cut it.
    return end(ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret, watch.refused());
}

nsapi_error_t TLSSocketWrapper::close()
{
    Locked locked(_lock);
    if (_state == State::CLOSED) {
        forget(); // what may have been set since
    }
    if (!_transport || _closing || _state == State::CLOSED) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    _closing = true;
    nsapi_error_t ret = NSAPI_ERROR_OK;
    bool close_transport = closes();
    if (_connecting_transport && close_transport) {
        // The one wait that wake() doesn't end.
        _lock.unlock();
        ret = _transport->close();
        _lock.lock();
        close_transport = false;
    }
    wake(READ | WRITE | CONNECT);
    while (_busy) {
        _lock.unlock();
        _events.wait_any_for(LEFT, longest_backoff);
        _lock.lock();
    }
    say_goodbye();
    _transport->sigio(closes() ? nullptr : _sigio);
    forget();
    if (close_transport) {
        ret = _transport->close();
    }
    _state = State::CLOSED;
    _closing = false;
    return ret;
}

void TLSSocketWrapper::say_goodbye()
{
    if (_state != State::CONNECTED) {
        return;
    }
    tr_info("Closing TLS connection");
    Deadline deadline(_timeout < 0 ? longest_goodbye_ms : std::min(_timeout, longest_goodbye_ms));
    // While a record waits, an alert is not made: Mbed TLS sends that record on instead.
    if (repeat(WRITE, deadline, [&] { return flush(); }) == 0) {
        repeat(WRITE, deadline, [&] { return mbedtls_ssl_close_notify(_ssl); });
    }
}

void TLSSocketWrapper::free_context()
{
    if (_ssl) {
        mbedtls_ssl_free(_ssl);
        mbedtls_free(_ssl);
        _ssl = nullptr;
    }
    if constexpr (nonblocking_handshake) {
        forget_connect();
    }
    _pending = 0;
    _peer_closed = false;
}

void TLSSocketWrapper::forget()
{
    free_context();
    for (auto configuration : {&_own, &_lender}) {
        if (*configuration) {
            (*configuration)->release();
            *configuration = nullptr;
        }
    }
    _conf = nullptr;
    mbedtls_free(_hostname);
    _hostname = nullptr;
    _name = Name::UNSAID;
}
