#ifndef TLSBENCH_NETSOCKET_SOCKETADDRESS_H
#define TLSBENCH_NETSOCKET_SOCKETADDRESS_H

#include "netsocket/nsapi_types.h"

/// An IP address and a port. Needs no heap: the text form lives in the object.
class SocketAddress {
public:
    constexpr SocketAddress() = default;

    /// @param addr IP address
    /// @param port port in host order
    SocketAddress(const nsapi_addr_t &addr, uint16_t port = 0);

    /// @param addr IPv4 or IPv6 address as text; anything else (a null pointer too) gives the unspecified address
    /// @param port port in host order
    SocketAddress(const char *addr, uint16_t port = 0);

    /// @param bytes   IP address in network order: 4 or 16 bytes
    /// @param version NSAPI_IPv4 or NSAPI_IPv6; NSAPI_UNSPEC reads no bytes
    /// @param port    port in host order
    SocketAddress(const void *bytes, nsapi_version_t version, uint16_t port = 0);

    /// Take an address from text: dotted IPv4, or IPv6 in any form of RFC 4291 section 2.2 (no zone).
    /// @return true if the text is an address; false leaves the unspecified address. The port stays.
    bool set_ip_address(const char *addr);

    /// Take an address from 4 or 16 bytes in network order. The port stays.
    void set_ip_bytes(const void *bytes, nsapi_version_t version);

    /// Take an address. The port stays.
    void set_addr(const nsapi_addr_t &addr);

    void set_port(uint16_t port) { _port = port; }

    /// The address as text: dotted IPv4, or IPv6 as RFC 5952 writes it.
    /// @return text that is good until this object changes or ends; null for the unspecified address
    const char *get_ip_address() const;

    const void *get_ip_bytes() const { return _addr.bytes; }

    nsapi_version_t get_ip_version() const { return _addr.version; }

    nsapi_addr_t get_addr() const { return _addr; }

    uint16_t get_port() const { return _port; }

    /// True if the address is set and not all zeros. The port doesn't matter.
    explicit operator bool() const;

    /// Equal addresses and equal ports.
    friend bool operator==(const SocketAddress &a, const SocketAddress &b);
    friend bool operator!=(const SocketAddress &a, const SocketAddress &b);

private:
    nsapi_addr_t _addr{};
    uint16_t _port = 0;
    mutable char _text[NSAPI_IP_SIZE] = {};
};

#endif
