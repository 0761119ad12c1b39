// TLSSocketWrapper: connect().
#include "netsocket/tls/Configuration.h"
#include "netsocket/tls/errors.h"
#include "netsocket/tls/trace.h"
#include "netsocket/tls/waiting.h"
#include "platform/ScopedLock.h"
#include "platform/mbed_rtc_time.h"
#include "tls_config/AllocationWatch.h"

#include "mbedtls/ecp.h"
#include "mbedtls/platform.h"

using namespace tlsbench::tls;

namespace {

using Locked = mbed::ScopedLock<rtos::Mutex>;

bool handshake_is_over(const mbedtls_ssl_context *ssl)
{
    return ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER;
}

} // namespace

nsapi_error_t TLSSocketWrapper::connect(const SocketAddress &address)
{
    return connect_to(nullptr, address);
}

nsapi_error_t TLSSocketWrapper::connect_to(const char *host, SocketAddress address)
{
    const bool once = nonblocking_handshake && _timeout == 0;
    // Otherwise connect() blocks even on a non-blocking socket, which has no timeout to bound it.
    Deadline deadline(_timeout == 0 && !once ? -1 : _timeout);
    Call call(*this, CONNECT);
    if (call.error != NSAPI_ERROR_OK) {
        return call.error;
    }
    const bool goes_on = nonblocking_handshake && _state == State::CONNECTING;
    if (_name == Name::UNSAID && !host && !shakes_hands()) {
#if MBED_CONF_TLS_SOCKET_REQUIRE_HOSTNAME
        tr_err("No host name to check the certificate for: call set_hostname(), with nullptr to go without");
        return NSAPI_ERROR_PARAMETER;
#else
        tr_warn("No host name to check the certificate for: any trusted server will do");
#endif
    }
    if (_name == Name::LOST) {
        tr_err("Out of memory in set_hostname()");
        return NSAPI_ERROR_NO_MEMORY;
    }
    if (!goes_on) {
        _state = State::CONNECTING;
        _tls_error = 0;
        _verify_flags = 0;
    }
    nsapi_error_t ret = connect_now(deadline, host, address, once);
    if (ret == NSAPI_ERROR_WOULD_BLOCK) {
        return goes_on ? NSAPI_ERROR_ALREADY : NSAPI_ERROR_IN_PROGRESS;
    }
    return ret == NSAPI_ERROR_OK && goes_on ? int(NSAPI_ERROR_IS_CONNECTED) : ret;
}

/// Connect, or go on with it, until that is done or the deadline passes.
/// @param keep what isn't done by then is for another call to go on with
/// @return NSAPI_ERROR_OK, NSAPI_ERROR_WOULD_BLOCK (not done, and kept), or why it failed
nsapi_error_t TLSSocketWrapper::connect_now(const Deadline &deadline, const char *host, SocketAddress &address,
                                            bool keep)
{
    nsapi_error_t ret = host && !shakes_hands() ? resolve(deadline, host, &address) : int(NSAPI_ERROR_OK);
    const bool found = ret == NSAPI_ERROR_OK;
    if (found) {
        ret = connect_found(deadline, host, address);
    }
    if (ret == NSAPI_ERROR_OK) {
        _state = State::CONNECTED;
        trace_success(_name == Name::UNSAID ? host : _hostname, _ssl);
        return ret;
    }
    if (keep && ret == NSAPI_ERROR_WOULD_BLOCK && !_closing) {
        return ret;
    }
    if (found && connects() && !_closing) {
        nsapi_error_t renewed = renew_transport();
        ret = renewed == NSAPI_ERROR_OK ? ret : renewed;
    }
    trace_failure(_closing ? int(NSAPI_ERROR_NO_SOCKET) : ret, _tls_error, _verify_flags, _ssl);
    free_context();
    _state = State::IDLE;
    if (_closing) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    return ret == NSAPI_ERROR_WOULD_BLOCK ? int(NSAPI_ERROR_CONNECTION_TIMEOUT) : ret;
}

nsapi_error_t TLSSocketWrapper::connect_found(const Deadline &deadline, const char *host, const SocketAddress &address)
{
    if (!shakes_hands()) {
        _transport->sigio(mbed::callback(this, &TLSSocketWrapper::event));
        nsapi_error_t ret = connects() ? connect_transport(deadline, address) : int(NSAPI_ERROR_OK);
        if (ret != NSAPI_ERROR_OK && ret != NSAPI_ERROR_IS_CONNECTED) {
            return ret;
        }
        if constexpr (nonblocking_handshake) {
            forget_connect();
        }
    }
    return shake_hands(deadline, host);
}

nsapi_error_t TLSSocketWrapper::resolve(const Deadline &, const char *, SocketAddress *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t TLSSocketWrapper::connect_transport(const Deadline &deadline, const SocketAddress &address)
{
    if (!closes()) {
        return connect_kept_transport(deadline, address);
    }
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

/// Connect a transport that outlives this object's close(). Another thread can't get this one out of the transport's
/// connect() by closing that, so it waits here.
nsapi_error_t TLSSocketWrapper::connect_kept_transport(const Deadline &deadline, const SocketAddress &address)
{
    Deadline::Milliseconds backoff = first_backoff;
    for (;;) {
        _transport->set_blocking(false);
        nsapi_error_t ret = _transport->connect(address);
        _transport->set_timeout(_timeout);
        if (ret != NSAPI_ERROR_IN_PROGRESS && ret != NSAPI_ERROR_ALREADY) {
            return ret;
        }
        ret = pause(CONNECT, deadline, backoff);
        if (ret != NSAPI_ERROR_OK) {
            return ret;
        }
    }
}

nsapi_error_t TLSSocketWrapper::shake_hands(const Deadline &deadline, const char *host)
{
    AllocationWatch watch;
    bool overlaid = _conf && _own && _own->has_certificates();
    if (overlaid) {
        _own->overlay(*_conf);
    }
    int ret = 0;
    if (!shakes_hands()) {
        ret = set_up(overlaid ? _own : _conf ? _lender : own_configuration(), host);
        if (ret == 0) {
            tr_info("Starting TLS handshake with %s", printable(_name == Name::UNSAID ? host : _hostname));
        }
    }
    while (ret == 0 && !handshake_is_over(_ssl)) {
        ret = repeat(CONNECT, deadline, [&] {
            Locked locked(Configuration::lock);
            if (overlaid) {
                // The lender's owner may have set others since, and the copy would name what is gone.
                _own->overlay(*_conf);
            }
            if constexpr (nonblocking_handshake) {
                return holding_step();
            }
            return mbedtls_ssl_handshake_step(_ssl);
        });
        if (ret == 0 ? !handshake_is_over(_ssl) : computes_on(ret)) {
            // A step can take the processor a second: don't keep others out for longer.
            ret = give_way(deadline);
            if (nonblocking_handshake && ret == NSAPI_ERROR_WOULD_BLOCK) {
                event(); // the transport will have no news: a call can go on at once
            }
        }
    }
    if (_closing) {
        return NSAPI_ERROR_NO_SOCKET;
    }
#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE
    // Mbed TLS may tell of it only at the end of a chain, some calls later.
    const bool refused = _out_of_memory |= watch.refused();
#else
    const bool refused = watch.refused();
#endif
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
    return to_nsapi(ret, _ssl, refused);
}

int TLSSocketWrapper::set_up(Configuration *configuration, const char *host)
{
    mbedtls_ssl_config *conf = configuration ? configuration->conf() : _conf;
    if (conf && (conf->MBEDTLS_PRIVATE(transport) == MBEDTLS_SSL_TRANSPORT_DATAGRAM) != over_datagrams()) {
        return NSAPI_ERROR_PARAMETER; // TLS's lent to DTLS, or the other way round
    }
    if (conf) {
        _ssl = static_cast<mbedtls_ssl_context *>(mbedtls_calloc(1, sizeof *_ssl));
    }
    if (!_ssl) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE
    mbedtls_ecp_set_max_ops(MBED_CONF_TLS_SOCKET_ECC_OPERATIONS); // one setting for all sockets
#endif
    mbedtls_ssl_init(_ssl);
    mbedtls_ssl_set_bio(_ssl, this, bio_send, bio_recv, nullptr);
    tr_info("mbedtls_ssl_setup()");
    int ret = mbedtls_ssl_setup(_ssl, conf);
    if (ret != 0) {
        return ret;
    }
    prepare(_ssl);
    trace_certificates(_ssl);
    // Also called with null: that's how Mbed TLS 3 is told not to check.
    return mbedtls_ssl_set_hostname(_ssl, _name == Name::UNSAID ? host : _hostname);
}
