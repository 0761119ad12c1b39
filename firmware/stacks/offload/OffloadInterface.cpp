#include "OffloadInterface.h"

#include "OffloadStack.h"
#include "platform/clock.h"

using namespace tlsbench::offload;
using tlsbench::uptime_us;

namespace {

constexpr uint64_t kConnectUs = 5'000'000;
constexpr uint32_t kGreetEveryMs = 250;

OffloadInterface board_interface;

} // namespace

// The board's start-up: this stack was chosen by board.toml's [firmware] stack.
NetworkInterface *NetworkInterface::get_default_instance()
{
    return &board_interface;
}

OffloadInterface &OffloadInterface::instance()
{
    return board_interface;
}

NetworkStack *OffloadInterface::get_stack()
{
    return &OffloadStack::instance();
}

nsapi_error_t OffloadInterface::read(SocketAddress *out, const nsapi_addr_t &address)
{
    if (!out) {
        return NSAPI_ERROR_PARAMETER;
    }
    Session::Turn turn;
    if (_status != NSAPI_STATUS_GLOBAL_UP) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    *out = SocketAddress(address);
    return NSAPI_ERROR_OK;
}

nsapi_error_t OffloadInterface::get_ip_address(SocketAddress *address)
{
    return read(address, _used.address);
}

nsapi_error_t OffloadInterface::get_netmask(SocketAddress *address)
{
    return read(address, _used.netmask);
}

nsapi_error_t OffloadInterface::get_gateway(SocketAddress *address)
{
    return read(address, _used.gateway);
}

nsapi_error_t OffloadInterface::set_network(const SocketAddress &ip_address, const SocketAddress &netmask,
                                            const SocketAddress &gateway)
{
    if (ip_address.get_ip_version() != NSAPI_IPv4) {
        return NSAPI_ERROR_PARAMETER;
    }
    Session::Turn turn;
    _set = {ip_address.get_addr(), netmask.get_addr(), gateway.get_addr()};
    _dhcp = false;
    return NSAPI_ERROR_OK;
}

nsapi_error_t OffloadInterface::set_dhcp(bool dhcp)
{
    Session::Turn turn;
    _dhcp = dhcp;
    return NSAPI_ERROR_OK;
}

nsapi_error_t OffloadInterface::connect()
{
    {
        Session::Turn turn;
        if (_status != NSAPI_STATUS_DISCONNECTED) {
            return _status == NSAPI_STATUS_GLOBAL_UP ? NSAPI_ERROR_IS_CONNECTED : NSAPI_ERROR_BUSY;
        }
        set_status(NSAPI_STATUS_CONNECTING);
        _changed.clear();
        Session::instance().begin();
        if (!_blocking) {
            return NSAPI_ERROR_OK;
        }
    }
    const uint64_t deadline = uptime_us() + kConnectUs;
    while (uptime_us() < deadline) {
        _changed.wait_any(1, kGreetEveryMs);
        Session::Turn turn;
        if (_status != NSAPI_STATUS_CONNECTING) {
            return _status == NSAPI_STATUS_GLOBAL_UP ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_CONNECTION;
        }
        Session::instance().begin();
    }
    disconnect();
    return NSAPI_ERROR_NO_CONNECTION;
}

nsapi_error_t OffloadInterface::disconnect()
{
    Session::Turn turn;
    if (_status == NSAPI_STATUS_DISCONNECTED) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    Session::instance().end();
    return NSAPI_ERROR_OK;
}

void OffloadInterface::on_up(const offload_Welcome &welcome)
{
    const bool given = !_dhcp && _set.address.version == NSAPI_IPv4;
    _used = given ? _set : Plan{to_address(welcome.address), to_address(welcome.netmask), to_address(welcome.gateway)};
    set_status(NSAPI_STATUS_GLOBAL_UP);
}

void OffloadInterface::on_down()
{
    set_status(NSAPI_STATUS_DISCONNECTED);
}

void OffloadInterface::set_status(nsapi_connection_status_t status)
{
    if (_status == status) {
        return;
    }
    _status = status;
    _changed.set(1);
    if (_status_cb) {
        _status_cb(NSAPI_EVENT_CONNECTION_STATUS_CHANGE, status);
    }
}

void OffloadInterface::attach(mbed::Callback<void(nsapi_event_t, intptr_t)> status_cb)
{
    Session::Turn turn;
    _status_cb = status_cb;
}

nsapi_connection_status_t OffloadInterface::get_connection_status() const
{
    Session::Turn turn;
    return _status;
}

nsapi_error_t OffloadInterface::set_blocking(bool blocking)
{
    Session::Turn turn;
    _blocking = blocking;
    return NSAPI_ERROR_OK;
}
