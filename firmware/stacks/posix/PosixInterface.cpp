#include "PosixInterface.h"

#include "PosixStack.h"

namespace {

PosixInterface board_interface;

} // namespace

// The board's start-up: this stack was chosen by board.toml's [firmware] stack.
NetworkInterface *NetworkInterface::get_default_instance()
{
    return &board_interface;
}

NetworkStack *PosixInterface::get_stack()
{
    return &PosixStack::instance();
}

nsapi_error_t PosixInterface::read(SocketAddress *out, const SocketAddress &address)
{
    if (!out) {
        return NSAPI_ERROR_PARAMETER;
    }
    rtos::ScopedMutexLock lock(_lock);
    if (_status != NSAPI_STATUS_GLOBAL_UP || !address) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    *out = address;
    return NSAPI_ERROR_OK;
}

nsapi_error_t PosixInterface::get_ip_address(SocketAddress *address)
{
    return read(address, _address);
}

nsapi_error_t PosixInterface::get_netmask(SocketAddress *address)
{
    return read(address, _netmask);
}

nsapi_error_t PosixInterface::get_gateway(SocketAddress *address)
{
    return read(address, _gateway);
}

nsapi_error_t PosixInterface::set_network(const SocketAddress &ip_address, const SocketAddress &netmask,
                                          const SocketAddress &gateway)
{
    if (ip_address.get_ip_version() != NSAPI_IPv4) {
        return NSAPI_ERROR_PARAMETER;
    }
    rtos::ScopedMutexLock lock(_lock);
    _address = ip_address;
    _netmask = netmask;
    _gateway = gateway;
    return NSAPI_ERROR_OK;
}

nsapi_error_t PosixInterface::set_dhcp(bool dhcp)
{
    return dhcp ? NSAPI_ERROR_UNSUPPORTED : NSAPI_ERROR_OK;
}

nsapi_error_t PosixInterface::connect()
{
    rtos::ScopedMutexLock lock(_lock);
    if (_status == NSAPI_STATUS_GLOBAL_UP) {
        return NSAPI_ERROR_IS_CONNECTED;
    }
    set_status(NSAPI_STATUS_GLOBAL_UP);
    return NSAPI_ERROR_OK;
}

nsapi_error_t PosixInterface::disconnect()
{
    rtos::ScopedMutexLock lock(_lock);
    if (_status == NSAPI_STATUS_DISCONNECTED) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    set_status(NSAPI_STATUS_DISCONNECTED);
    return NSAPI_ERROR_OK;
}

void PosixInterface::set_status(nsapi_connection_status_t status)
{
    _status = status;
    if (_status_cb) {
        _status_cb(NSAPI_EVENT_CONNECTION_STATUS_CHANGE, status);
    }
}

void PosixInterface::attach(mbed::Callback<void(nsapi_event_t, intptr_t)> status_cb)
{
    rtos::ScopedMutexLock lock(_lock);
    _status_cb = status_cb;
}

nsapi_connection_status_t PosixInterface::get_connection_status() const
{
    rtos::ScopedMutexLock lock(_lock);
    return _status;
}
