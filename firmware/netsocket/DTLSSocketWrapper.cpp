#include "netsocket/DTLSSocketWrapper.h"

#include <algorithm>

namespace {

using rtos::Kernel::Clock;

// A record with a quarter of a certificate still goes through; less would take ever more datagrams.
constexpr uint16_t least_mtu = 228;

} // namespace

DTLSSocketWrapper::DTLSSocketWrapper(Socket *transport, const char *hostname, control_transport control)
    : TLSSocketWrapper(transport, hostname, control)
{
}

DTLSSocketWrapper::~DTLSSocketWrapper()
{
    close(); // before the timer goes
}

nsapi_error_t DTLSSocketWrapper::set_handshake_timeouts(uint32_t first_ms, uint32_t last_ms)
{
    if (first_ms == 0 || first_ms > last_ms) {
        return NSAPI_ERROR_PARAMETER;
    }
    mbedtls_ssl_config *conf = get_ssl_config();
    if (!conf) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    mbedtls_ssl_conf_handshake_timeout(conf, first_ms, last_ms);
    return NSAPI_ERROR_OK;
}

nsapi_error_t DTLSSocketWrapper::set_mtu(uint16_t bytes)
{
    if (bytes < least_mtu) {
        return NSAPI_ERROR_PARAMETER;
    }
    _mtu = bytes;
    return NSAPI_ERROR_OK;
}

void DTLSSocketWrapper::prepare(mbedtls_ssl_context *ssl)
{
    _running = false;
    mbedtls_ssl_set_timer_cb(ssl, this, set_timer, get_timer);
    mbedtls_ssl_set_mtu(ssl, _mtu);
}

DTLSSocketWrapper::Deadline::Milliseconds DTLSSocketWrapper::timer() const
{
    if (!_running) {
        return rtos::Kernel::wait_for_u32_forever;
    }
    const auto left = _final - Clock::now();
    return Deadline::Milliseconds(uint32_t(std::max<int64_t>(left.count(), 0)));
}

void DTLSSocketWrapper::set_timer(void *self, uint32_t intermediate_ms, uint32_t final_ms)
{
    auto socket = static_cast<DTLSSocketWrapper *>(self);
    const Time now = Clock::now();
    socket->_running = final_ms != 0;
    socket->_intermediate = now + std::chrono::milliseconds(intermediate_ms);
    socket->_final = now + std::chrono::milliseconds(final_ms);
}

/// @return what Mbed TLS asks for: -1 (not running), 0 (neither has passed), 1 (the intermediate one), 2 (both)
int DTLSSocketWrapper::get_timer(void *self)
{
    auto socket = static_cast<DTLSSocketWrapper *>(self);
    if (!socket->_running) {
        return -1;
    }
    const Time now = Clock::now();
    return now >= socket->_final ? 2 : now >= socket->_intermediate ? 1 : 0;
}
