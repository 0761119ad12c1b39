#ifndef TLSBENCH_NETSOCKET_NETWORKINTERFACE_H
#define TLSBENCH_NETSOCKET_NETWORKINTERFACE_H

#include <type_traits>

#include "netsocket/DNS.h"
#include "netsocket/SocketAddress.h"
#include "netsocket/nsapi_types.h"
#include "platform/Callback.h"

class EthInterface;
class NetworkStack;

/// A way onto a network. Give one to a socket's open().
class NetworkInterface : public DNS {
public:
    virtual ~NetworkInterface() = default;

    /// The board's interface, ready for connect(). The board's start-up code says which one that is.
    static NetworkInterface *get_default_instance();

    /// @return "aa:bb:cc:dd:ee:ff", or null if there is none
    virtual const char *get_mac_address();

    /// Set the MAC address; only while disconnected.
    /// @param addr_len NSAPI_MAC_BYTES
    virtual nsapi_error_t set_mac_address(uint8_t *mac_addr, nsapi_size_t addr_len);

    /// Local address, mask, gateway.
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_PARAMETER (null pointer), NSAPI_ERROR_NO_ADDRESS, NSAPI_ERROR_UNSUPPORTED
    virtual nsapi_error_t get_ip_address(SocketAddress *address);
    virtual nsapi_error_t get_netmask(SocketAddress *address);
    virtual nsapi_error_t get_gateway(SocketAddress *address);

    /// @param interface_name room for NSAPI_INTERFACE_NAME_MAX_SIZE characters
    /// @return interface_name, or null
    virtual char *get_interface_name(char *interface_name);

    /// Use a static address, and no DHCP. For the next connect().
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_PARAMETER, NSAPI_ERROR_UNSUPPORTED
    virtual nsapi_error_t set_network(const SocketAddress &ip_address, const SocketAddress &netmask,
                                      const SocketAddress &gateway);

    /// Use DHCP or not. For the next connect(). DHCP is on until set_network().
    virtual nsapi_error_t set_dhcp(bool dhcp);

    /// Connect to the network. Blocks until there is an address, unless set_blocking(false).
    /// @return NSAPI_ERROR_OK; NSAPI_ERROR_IS_CONNECTED; NSAPI_ERROR_NO_CONNECTION (no link);
    ///         NSAPI_ERROR_DHCP_FAILURE (no lease in time); NSAPI_ERROR_DEVICE_ERROR (no network chip)
    virtual nsapi_error_t connect() = 0;

    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_CONNECTION if it wasn't connected
    virtual nsapi_error_t disconnect() = 0;

    nsapi_error_t gethostbyname(const char *host, SocketAddress *address, nsapi_version_t version = NSAPI_UNSPEC,
                                const char *interface_name = nullptr) override;
    nsapi_value_or_error_t gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                               nsapi_version_t version = NSAPI_UNSPEC,
                                               const char *interface_name = nullptr) override;
    nsapi_error_t gethostbyname_async_cancel(int id) override;
    nsapi_error_t add_dns_server(const SocketAddress &address, const char *interface_name = nullptr) override;
    nsapi_error_t get_dns_server(int index, SocketAddress *address, const char *interface_name = nullptr) override;

    /// Have a function called when the connection's status changes; null stops it. One function at a time.
    virtual void attach(mbed::Callback<void(nsapi_event_t, intptr_t)> status_cb);

    virtual nsapi_connection_status_t get_connection_status() const;

    /// Let connect() block (the default) or begin and return.
    virtual nsapi_error_t set_blocking(bool blocking);

    /// This object as a wired interface, or null.
    virtual EthInterface *ethInterface() { return nullptr; }

protected:
    friend NetworkStack *_nsapi_create_stack(NetworkInterface *iface, std::false_type);

    virtual NetworkStack *get_stack() = 0;
};

#endif
