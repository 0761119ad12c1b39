// TLSSocketWrapper: a connect() that takes several calls, and what it keeps between them.
#include "netsocket/Lookup.h"
#include "netsocket/tls/Configuration.h"
#include "netsocket/tls/waiting.h"
#include "platform/ScopedLock.h"

#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE

using namespace tlsbench::tls;

/// A step of the handshake, or a part of one.
int TLSSocketWrapper::holding_step()
{
    hold(false);
    int ret = mbedtls_ssl_handshake_step(_ssl);
    hold(computes_on(ret));
    return ret;
}

/// Where Mbed TLS stopped in a computation, it has noted which certificates and keys that is about: hold them, or let
/// them go. The caller has Configuration::lock.
void TLSSocketWrapper::hold(bool on)
{
    if (on == _holds) {
        return;
    }
    _holds = on;
    for (auto configuration : {_own, _lender}) {
        if (configuration) {
            configuration->hold(on);
        }
    }
}

void TLSSocketWrapper::forget_connect()
{
    {
        mbed::ScopedLock<rtos::Mutex> locked(Configuration::lock);
        hold(false);
    }
    delete _lookup;
    _lookup = nullptr;
    _out_of_memory = false;
}

/// Go on with a handshake that a connect() has begun, on behalf of another call.
/// @return NSAPI_ERROR_OK (done, or there was none), NSAPI_ERROR_WOULD_BLOCK (not yet), or why it failed
nsapi_error_t TLSSocketWrapper::finish_handshake(const Deadline &deadline)
{
    Call call(*this, CONNECT);
    if (call.error == NSAPI_ERROR_WOULD_BLOCK) {
        return call.error; // nor may the state be looked at
    }
    if (_state != State::CONNECTING || !_ssl) {
        return NSAPI_ERROR_OK;
    }
    if (call.error == NSAPI_ERROR_ALREADY) { // another thread is at it
        return _timeout == 0 ? NSAPI_ERROR_WOULD_BLOCK : NSAPI_ERROR_NO_CONNECTION;
    }
    SocketAddress none;
    const char *to_log = "its peer"; // if set_hostname() did not say who
    return call.error == NSAPI_ERROR_OK ? connect_now(deadline, to_log, none, true) : call.error;
}

#endif
