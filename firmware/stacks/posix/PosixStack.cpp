#include "PosixStack.h"

#include "hosts.h"
#include "stacks/host_name.h"

using namespace tlsbench::posix;

namespace {

PosixStack stack;

} // namespace

PosixStack &PosixStack::instance()
{
    return stack;
}

nsapi_error_t PosixStack::get_ip_address(SocketAddress *address)
{
    return NetworkInterface::get_default_instance()->get_ip_address(address);
}

// Names are known or not: nothing is ever under way.
nsapi_value_or_error_t PosixStack::gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                       nsapi_version_t version, const char *)
{
    if (!host || !callback) {
        return NSAPI_ERROR_PARAMETER;
    }
    SocketAddress address;
    const bool literal = address.set_ip_address(host);
    if (!literal && !tlsbench::is_host_name(host)) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (!literal && NetworkInterface::get_default_instance()->get_connection_status() != NSAPI_STATUS_GLOBAL_UP) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    if (!(literal || find_host(host, &address)) || (version != NSAPI_UNSPEC && version != address.get_ip_version())) {
        return NSAPI_ERROR_DNS_FAILURE;
    }
    callback(1, &address);
    return 0;
}

nsapi_error_t PosixStack::gethostbyname_async_cancel(int)
{
    return NSAPI_ERROR_PARAMETER;
}

nsapi_error_t PosixStack::add_dns_server(const SocketAddress &, const char *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t PosixStack::get_dns_server(int, SocketAddress *address, const char *)
{
    return address ? NSAPI_ERROR_NO_ADDRESS : NSAPI_ERROR_PARAMETER;
}

void PosixStack::start()
{
    start_watching();
}
