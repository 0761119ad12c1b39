#include "netsocket/NetworkInterface.h"

#include "netsocket/NetworkStack.h"

const char *NetworkInterface::get_mac_address()
{
    return nullptr;
}

nsapi_error_t NetworkInterface::set_mac_address(uint8_t *, nsapi_size_t)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkInterface::get_ip_address(SocketAddress *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkInterface::get_netmask(SocketAddress *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkInterface::get_gateway(SocketAddress *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

char *NetworkInterface::get_interface_name(char *)
{
    return nullptr;
}

nsapi_error_t NetworkInterface::set_network(const SocketAddress &, const SocketAddress &, const SocketAddress &)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkInterface::set_dhcp(bool dhcp)
{
    return dhcp ? NSAPI_ERROR_UNSUPPORTED : NSAPI_ERROR_OK;
}

nsapi_error_t NetworkInterface::gethostbyname(const char *host, SocketAddress *address, nsapi_version_t version,
                                              const char *interface_name)
{
    return get_stack()->gethostbyname(host, address, version, interface_name);
}

nsapi_value_or_error_t NetworkInterface::gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                             nsapi_version_t version, const char *interface_name)
{
    return get_stack()->gethostbyname_async(host, callback, version, interface_name);
}

nsapi_error_t NetworkInterface::gethostbyname_async_cancel(int id)
{
    return get_stack()->gethostbyname_async_cancel(id);
}

nsapi_error_t NetworkInterface::add_dns_server(const SocketAddress &address, const char *interface_name)
{
    return get_stack()->add_dns_server(address, interface_name);
}

nsapi_error_t NetworkInterface::get_dns_server(int index, SocketAddress *address, const char *interface_name)
{
    return get_stack()->get_dns_server(index, address, interface_name);
}

void NetworkInterface::attach(mbed::Callback<void(nsapi_event_t, intptr_t)>) {}

nsapi_connection_status_t NetworkInterface::get_connection_status() const
{
    return NSAPI_STATUS_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkInterface::set_blocking(bool blocking)
{
    return blocking ? NSAPI_ERROR_OK : NSAPI_ERROR_UNSUPPORTED;
}
