#include "netsocket/TLSSocketWrapper.h"

#include "netsocket/tls/Configuration.h"
#include "netsocket/tls/errors.h"
#include "platform/CriticalSectionLock.h"
#include "platform/ScopedLock.h"
#include "platform/mbed_rtc_time.h"
#include "tls_config/platform.h"

#include "mbedtls/platform.h"

using tlsbench::tls::Configuration;
using tlsbench::tls::to_nsapi;

namespace {

using Locked = mbed::ScopedLock<rtos::Mutex>;
using Milliseconds = rtos::Kernel::Clock::duration_u32;

// A transport that calls sigio is asked again when it does; one that doesn't, after these times.
constexpr Milliseconds first_backoff{4};
constexpr Milliseconds longest_backoff{512};

constexpr int longest_goodbye_ms = 2000;

bool wants_more(int ret)
{
    return ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE;
}

bool handshake_is_over(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

} // namespace

/// A thread's stay in a call: it holds the lock, except while it sleeps in pause(), and close() waits for its end.
class TLSSocketWrapper::Call {
public:
    /// @param side what the call does; only one thread at a time may do it
    Call(TLSSocketWrapper &socket, uint32_t side) : _socket(socket), _side(uint8_t(side))
    {
        _socket._lock.lock();
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
        _socket._lock.unlock();
    }

    nsapi_error_t error; ///< why there can be no such call now

private:
    TLSSocketWrapper &_socket;
    uint8_t _side;
};

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

nsapi_error_t TLSSocketWrapper::ready(uint32_t side) const
{
    if (!_transport || _closing) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    if (side == CONNECT) {
        switch (_state) {
            case State::CONNECTING: return NSAPI_ERROR_ALREADY;
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
    if (left.count() == 0) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    _lock.unlock();
    uint32_t woken = _events.wait_any_for(side, std::min(left, backoff));
    _lock.lock();
    backoff = woken & osFlagsError ? std::min(backoff * 2, longest_backoff) : first_backoff;
    return _closing && _busy ? NSAPI_ERROR_NO_SOCKET : NSAPI_ERROR_OK;
}

/// Have Mbed TLS attempt something until it no longer wants to wait for the transport.
/// @return what Mbed TLS returned, or why pause() gave up
template <typename Attempt> int TLSSocketWrapper::repeat(uint32_t side, const Deadline &deadline, Attempt attempt)
{
    Milliseconds backoff = first_backoff;
    for (;;) {
        _progress = false;
        _transport->set_blocking(false);
        int ret = attempt();
        _transport->set_timeout(_timeout);
        if (!wants_more(ret)) {
            return ret;
        }
        if (_progress) {
            backoff = first_backoff;
        }
        ret = pause(side, deadline, backoff);
        if (ret != NSAPI_ERROR_OK) {
            return ret;
        }
    }
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
    return ret == NSAPI_ERROR_WOULD_BLOCK || ret == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : ret;
}

int TLSSocketWrapper::bio_recv(void *self, unsigned char *data, size_t size)
{
    auto socket = static_cast<TLSSocketWrapper *>(self);
    int ret = socket->_transport->recv(data, size);
    socket->_progress |= ret > 0;
    return ret == NSAPI_ERROR_WOULD_BLOCK ? MBEDTLS_ERR_SSL_WANT_READ : ret;
}

nsapi_error_t TLSSocketWrapper::connect(const SocketAddress &address)
{
    return connect_to(nullptr, address);
}

nsapi_error_t TLSSocketWrapper::connect_to(const char *host, SocketAddress address)
{
    // connect() blocks even on a non-blocking socket, which has no timeout to bound it.
    Deadline deadline(_timeout == 0 ? -1 : _timeout);
    Call call(*this, CONNECT);
    if (call.error != NSAPI_ERROR_OK) {
        return call.error;
    }
    if (_name == Name::UNSAID && !host) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (_name == Name::LOST) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    _state = State::CONNECTING;
    _tls_error = 0;
    _verify_flags = 0;
    nsapi_error_t ret = connect_now(deadline, host, address);
    if (ret == NSAPI_ERROR_OK) {
        _state = State::CONNECTED;
        return ret;
    }
    free_context();
    _state = State::IDLE;
    if (_closing) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    return ret == NSAPI_ERROR_WOULD_BLOCK ? int(NSAPI_ERROR_CONNECTION_TIMEOUT) : ret;
}

nsapi_error_t TLSSocketWrapper::connect_now(const Deadline &deadline, const char *host, SocketAddress &address)
{
    if (host) {
        nsapi_error_t ret = resolve(deadline, host, &address);
        if (ret != NSAPI_ERROR_OK) {
            return ret;
        }
    }
    _transport->sigio(mbed::callback(this, &TLSSocketWrapper::event));
    if (!connects()) {
        return shake_hands(deadline, host);
    }
    nsapi_error_t ret = connect_transport(deadline, address);
    if (ret == NSAPI_ERROR_OK || ret == NSAPI_ERROR_IS_CONNECTED) {
        ret = shake_hands(deadline, host);
    }
    if (ret != NSAPI_ERROR_OK && !_closing) {
        renew_transport();
    }
    return ret;
}

nsapi_error_t TLSSocketWrapper::resolve(const Deadline &, const char *, SocketAddress *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t TLSSocketWrapper::connect_transport(const Deadline &deadline, const SocketAddress &address)
{
    _transport->set_timeout(deadline.timeout());
    _connecting_transport = true;
    _lock.unlock();
    nsapi_error_t ret = _transport->connect(address);
    _lock.lock();
    _connecting_transport = false;
    _transport->set_timeout(_timeout);
    // Begun, but not done in time.
    bool timed_out = ret == NSAPI_ERROR_IN_PROGRESS || ret == NSAPI_ERROR_ALREADY;
    return timed_out ? int(NSAPI_ERROR_WOULD_BLOCK) : ret;
}

nsapi_error_t TLSSocketWrapper::shake_hands(const Deadline &deadline, const char *host)
{
    uint32_t alloc_failures = tls_alloc_failures();
    Configuration *configuration = _conf ? _lender : own_configuration();
    if (_conf && _own && _own->has_certificates()) {
        _own->overlay(*_conf);
        configuration = _own;
    }
    int ret = set_up(configuration, host);
    while (ret == 0 && !handshake_is_over(_ssl)) {
        ret = repeat(CONNECT, deadline, [&] {
            Locked locked(Configuration::lock);
            return mbedtls_ssl_handshake_step(_ssl);
        });
        // A step can take the processor a second: don't keep others out for longer.
        _lock.unlock();
        _lock.lock();
        if (_closing) {
            return NSAPI_ERROR_NO_SOCKET;
        }
        if (ret == 0 && deadline.passed() && !handshake_is_over(_ssl)) {
            return NSAPI_ERROR_WOULD_BLOCK;
        }
    }
    if (ret == 0 || ret == NSAPI_ERROR_WOULD_BLOCK) {
        return ret;
    }
    _tls_error = ret;
    if (ret == MBEDTLS_ERR_X509_FATAL_ERROR && !tlsbench::clock_is_set()) {
        // Mbed TLS 3 gives up where 2.28 sets these.
        _verify_flags = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
    } else if (_ssl) {
        uint32_t flags = mbedtls_ssl_get_verify_result(_ssl);
        _verify_flags = flags == UINT32_MAX ? 0 : flags; // all set: there was nothing to verify
    }
    return to_nsapi(ret, _ssl, tls_alloc_failures() != alloc_failures);
}

int TLSSocketWrapper::set_up(Configuration *configuration, const char *host)
{
    mbedtls_ssl_config *conf = configuration ? configuration->conf() : _conf;
    if (conf) {
        _ssl = static_cast<mbedtls_ssl_context *>(mbedtls_calloc(1, sizeof *_ssl));
    }
    if (!_ssl) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    mbedtls_ssl_init(_ssl);
    mbedtls_ssl_set_bio(_ssl, this, bio_send, bio_recv, nullptr);
    int ret = mbedtls_ssl_setup(_ssl, conf);
    if (ret != 0) {
        return ret;
    }
    // Also called with null: that's how Mbed TLS 3 is told not to check.
    return mbedtls_ssl_set_hostname(_ssl, _name == Name::UNSAID ? host : _hostname);
}

nsapi_error_t TLSSocketWrapper::end(int tls_error, uint32_t alloc_failures)
{
    _tls_error = tls_error;
    _ended_by = to_nsapi(tls_error, _ssl, tls_alloc_failures() != alloc_failures);
    _state = State::ENDED;
    return _ended_by;
}

int TLSSocketWrapper::write(const void *data, nsapi_size_t size)
{
    // A record that waits to be sent on must be asked for again with its own length.
    int ret = mbedtls_ssl_write(_ssl, static_cast<const unsigned char *>(data), _pending ? _pending : size);
    if (!wants_more(ret)) {
        _pending = 0;
    } else if (!_pending) {
        int most = mbedtls_ssl_get_max_out_record_payload(_ssl);
        _pending = most > 0 ? std::min(size, nsapi_size_t(most)) : size;
    }
    return ret;
}

nsapi_size_or_error_t TLSSocketWrapper::send(const void *data, nsapi_size_t size)
{
    Deadline deadline(_timeout);
    Call call(*this, WRITE);
    if (call.error != NSAPI_ERROR_OK) {
        return call.error;
    }
    if ((!data && size) || size < _pending) {
        return NSAPI_ERROR_PARAMETER;
    }
    uint32_t alloc_failures = tls_alloc_failures();
    auto bytes = static_cast<const unsigned char *>(data);
    nsapi_size_t sent = 0;
    while (sent < size) {
        int ret = repeat(WRITE, deadline, [&] { return write(bytes + sent, size - sent); });
        if (ret > 0) {
            sent += nsapi_size_t(ret);
            continue;
        }
        if (ret == NSAPI_ERROR_NO_SOCKET) {
            return ret;
        }
        if (ret != NSAPI_ERROR_WOULD_BLOCK) {
            ret = end(ret, alloc_failures);
        }
        return sent ? nsapi_size_or_error_t(sent) : ret;
    }
    return nsapi_size_or_error_t(sent);
}

nsapi_size_or_error_t TLSSocketWrapper::recv(void *data, nsapi_size_t size)
{
    Deadline deadline(_timeout);
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
    uint32_t alloc_failures = tls_alloc_failures();
    int ret = repeat(READ, deadline, [&] { return mbedtls_ssl_read(_ssl, static_cast<unsigned char *>(data), size); });
    if (ret > 0 || ret == NSAPI_ERROR_WOULD_BLOCK || ret == NSAPI_ERROR_NO_SOCKET) {
        return ret;
    }
    if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        _peer_closed = true;
        return 0;
    }
    // 0 is an end of the stream that the peer didn't announce: somebody may have cut it.
    return end(ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret, alloc_failures);
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
    while (_busy) {
        wake(READ | WRITE | CONNECT);
        _lock.unlock();
        _events.wait_any_for(LEFT, first_backoff);
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
    Deadline deadline(_timeout < 0 ? longest_goodbye_ms : std::min(_timeout, longest_goodbye_ms));
    repeat(WRITE, deadline, [&] { return mbedtls_ssl_close_notify(_ssl); });
}

void TLSSocketWrapper::free_context()
{
    if (_ssl) {
        mbedtls_ssl_free(_ssl);
        mbedtls_free(_ssl);
        _ssl = nullptr;
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
