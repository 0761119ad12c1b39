#include "LwipInterface.h"

#include "LwipStack.h"
#include "core.h"
#include "lwip/dhcp.h"
#include "netif/ethernet.h"

#include <cstdio>
#include <cstring>

using tlsbench::Ethernet;
using tlsbench::lwip::CoreLock;
using tlsbench::lwip::to_lwip;
using tlsbench::lwip::to_nsapi;

namespace {

LwipInterface board_interface;

bool has_link(const struct netif &netif)
{
    return netif_is_link_up(&netif);
}

bool has_address(const struct netif &netif)
{
    return netif_is_link_up(&netif) && !ip_addr_isany_val(netif.ip_addr);
}

} // namespace

// The board's start-up: this stack was chosen by board.toml's [firmware] stack.
NetworkInterface *NetworkInterface::get_default_instance()
{
    return &board_interface;
}

NetworkStack *LwipInterface::get_stack()
{
    return &LwipStack::instance();
}

/// Start lwIP's thread and the controller, once. The caller holds _lock.
nsapi_error_t LwipInterface::start()
{
    if (_present) {
        return NSAPI_ERROR_OK;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    Ethernet &controller = tlsbench::ethernet();
    if (!_wake) {
        _wake = tcpip_callbackmsg_new([](void *self) { static_cast<LwipInterface *>(self)->serve_controller(); }, this);
    }
    if (!_wake || !controller.start(mbed::callback(this, &LwipInterface::attention))) {
        return NSAPI_ERROR_DEVICE_ERROR;
    }
    if (_own_mac) {
        controller.set_mac_address(_mac);
    } else if (!controller.mac_address(_mac)) {
        return NSAPI_ERROR_DEVICE_ERROR; // the chip's EEPROM is empty: set_mac_address() helps
    }
    if (!netif_add(&_netif, nullptr, nullptr, nullptr, this, on_init, ethernet_input)) {
        return NSAPI_ERROR_DEVICE_ERROR;
    }
    netif_set_default(&_netif);
    netif_set_status_callback(&_netif, on_changed);
    netif_set_link_callback(&_netif, on_changed);
    _present = true;
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipInterface::connect()
{
    rtos::ScopedMutexLock lock(_lock);
    const nsapi_error_t error = start();
    if (error != NSAPI_ERROR_OK) {
        return error;
    }
    if (_status != NSAPI_STATUS_DISCONNECTED) {
        return _status == NSAPI_STATUS_GLOBAL_UP ? NSAPI_ERROR_IS_CONNECTED : NSAPI_ERROR_BUSY;
    }
    bring_up();
    if (!_blocking) {
        return NSAPI_ERROR_OK;
    }
    if (!wait_for(has_link, link_timeout_ms)) {
        bring_down();
        return NSAPI_ERROR_NO_CONNECTION;
    }
    if (!wait_for(has_address, dhcp_timeout_ms)) {
        bring_down();
        return NSAPI_ERROR_DHCP_FAILURE;
    }
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipInterface::disconnect()
{
    rtos::ScopedMutexLock lock(_lock);
    if (_status == NSAPI_STATUS_DISCONNECTED) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    bring_down();
    return NSAPI_ERROR_OK;
}

void LwipInterface::bring_up()
{
    CoreLock lock;
    netif_set_up(&_netif);
    if (tlsbench::ethernet().link() != Ethernet::Link::down) {
        netif_set_link_up(&_netif);
    }
    if (_dhcp) {
        dhcp_start(&_netif);
    } else {
        ip_addr_t address, netmask, gateway;
        to_lwip(_address, &address);
        to_lwip(_netmask, &netmask);
        to_lwip(_gateway, &gateway);
        netif_set_addr(&_netif, ip_2_ip4(&address), ip_2_ip4(&netmask), ip_2_ip4(&gateway));
    }
    update_status();
}

void LwipInterface::bring_down()
{
    CoreLock lock;
    if (_dhcp) {
        dhcp_release_and_stop(&_netif);
        dhcp_cleanup(&_netif);
    }
    netif_set_addr(&_netif, nullptr, nullptr, nullptr); // connections from the old address end
    netif_set_down(&_netif);
    update_status();
}

bool LwipInterface::wait_for(bool (*reached)(const struct netif &), uint32_t timeout_ms)
{
    using rtos::Kernel::Clock;
    const Clock::time_point deadline = Clock::now() + Clock::duration(timeout_ms);
    while (true) {
        _events.clear(CHANGED);
        {
            CoreLock lock;
            if (reached(_netif)) {
                return true;
            }
        }
        if (_events.wait_any_until(CHANGED, deadline) & osFlagsError) {
            return false;
        }
    }
}

/// lwIP: address, link or "up" has changed.
void LwipInterface::on_changed(struct netif *netif)
{
    auto *self = static_cast<LwipInterface *>(netif->state);
    self->update_status();
    self->_events.set(CHANGED);
}

void LwipInterface::update_status()
{
    const nsapi_connection_status_t status = !netif_is_up(&_netif) ? NSAPI_STATUS_DISCONNECTED
                                             : has_address(_netif) ? NSAPI_STATUS_GLOBAL_UP
                                                                   : NSAPI_STATUS_CONNECTING;
    if (status != _status) {
        _status = status;
        if (_status_cb) {
            _status_cb(NSAPI_EVENT_CONNECTION_STATUS_CHANGE, status);
        }
    }
}

const char *LwipInterface::get_mac_address()
{
    rtos::ScopedMutexLock lock(_lock);
    if (start() != NSAPI_ERROR_OK) {
        return nullptr;
    }
    snprintf(_mac_text, sizeof _mac_text, "%02x:%02x:%02x:%02x:%02x:%02x", _mac[0], _mac[1], _mac[2], _mac[3], _mac[4],
             _mac[5]);
    return _mac_text;
}

nsapi_error_t LwipInterface::set_mac_address(uint8_t *mac_addr, nsapi_size_t addr_len)
{
    if (!mac_addr || addr_len != NSAPI_MAC_BYTES || (mac_addr[0] & 1)) {
        return NSAPI_ERROR_PARAMETER;
    }
    rtos::ScopedMutexLock lock(_lock);
    if (_status != NSAPI_STATUS_DISCONNECTED) {
        return NSAPI_ERROR_BUSY;
    }
    memcpy(_mac, mac_addr, sizeof _mac);
    _own_mac = true;
    if (_present) {
        CoreLock core;
        memcpy(_netif.hwaddr, _mac, sizeof _mac);
        tlsbench::ethernet().set_mac_address(_mac);
    }
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipInterface::get_ip_address(SocketAddress *address)
{
    return read_address(address, _netif.ip_addr);
}

nsapi_error_t LwipInterface::get_netmask(SocketAddress *address)
{
    return read_address(address, _netif.netmask);
}

nsapi_error_t LwipInterface::get_gateway(SocketAddress *address)
{
    return read_address(address, _netif.gw);
}

nsapi_error_t LwipInterface::read_address(SocketAddress *out, const ip_addr_t &address)
{
    if (!out) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (_status != NSAPI_STATUS_GLOBAL_UP) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    CoreLock lock;
    *out = to_nsapi(address);
    return NSAPI_ERROR_OK;
}

char *LwipInterface::get_interface_name(char *interface_name)
{
    if (interface_name) {
        strlcpy(interface_name, "en0", NSAPI_INTERFACE_NAME_MAX_SIZE);
    }
    return interface_name;
}

nsapi_error_t LwipInterface::set_network(const SocketAddress &ip_address, const SocketAddress &netmask,
                                         const SocketAddress &gateway)
{
    if (ip_address.get_ip_version() != NSAPI_IPv4 || netmask.get_ip_version() != NSAPI_IPv4) {
        return NSAPI_ERROR_PARAMETER;
    }
    rtos::ScopedMutexLock lock(_lock);
    if (_status != NSAPI_STATUS_DISCONNECTED) {
        return NSAPI_ERROR_BUSY;
    }
    _address = ip_address;
    _netmask = netmask;
    _gateway = gateway;
    _dhcp = false;
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipInterface::set_dhcp(bool dhcp)
{
    rtos::ScopedMutexLock lock(_lock);
    if (_status != NSAPI_STATUS_DISCONNECTED) {
        return NSAPI_ERROR_BUSY;
    }
    if (!dhcp && !_address) {
        return NSAPI_ERROR_PARAMETER; // set_network() gives the address to use instead
    }
    _dhcp = dhcp;
    return NSAPI_ERROR_OK;
}

void LwipInterface::attach(mbed::Callback<void(nsapi_event_t, intptr_t)> status_cb)
{
    tlsbench::lwip::start();
    CoreLock lock; // once this returns, the old function is not called any more
    _status_cb = status_cb;
}

nsapi_connection_status_t LwipInterface::get_connection_status() const
{
    return _status;
}

nsapi_error_t LwipInterface::set_blocking(bool blocking)
{
    rtos::ScopedMutexLock lock(_lock);
    _blocking = blocking;
    return NSAPI_ERROR_OK;
}
