#ifndef TLSBENCH_NETSOCKET_DNS_H
#define TLSBENCH_NETSOCKET_DNS_H

#include "netsocket/SocketAddress.h"
#include "platform/Callback.h"

/// Turns host names into addresses. NetworkInterface and NetworkStack both offer this.
class DNS {
public:
    /// Called once with the number of addresses found or a negative nsapi_error, and the address. Called from the
    /// stack's thread: it must be short and make no network calls.
    typedef mbed::Callback<void(nsapi_value_or_error_t result, SocketAddress *address)> hostbyname_cb_t;

    /// Find the address of a host. Text that is an address already needs no query.
    /// @param host           name or address
    /// @param address        where to put the address; its port stays
    /// @param version        version wanted, NSAPI_UNSPEC for any
    /// @param interface_name interface to ask on, null for any
    /// @return NSAPI_ERROR_OK; NSAPI_ERROR_PARAMETER (no or too long a name); NSAPI_ERROR_DNS_FAILURE (no such name, or
    ///         no server answered in time)
    virtual nsapi_error_t gethostbyname(const char *host, SocketAddress *address,
                                        nsapi_version_t version = NSAPI_UNSPEC,
                                        const char *interface_name = nullptr) = 0;

    /// As gethostbyname, but returns at once and calls back.
    /// @return 0 (the callback was called already); a positive id for gethostbyname_async_cancel; a negative
    ///         nsapi_error (the callback won't be called)
    virtual nsapi_value_or_error_t gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                       nsapi_version_t version = NSAPI_UNSPEC,
                                                       const char *interface_name = nullptr) = 0;

    /// Forget a query: its callback won't be called after this returns.
    /// @return NSAPI_ERROR_OK, or NSAPI_ERROR_PARAMETER if there's no such query (it may have ended)
    virtual nsapi_error_t gethostbyname_async_cancel(int id) = 0;

    /// Add a server to ask, in front of those known.
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_UNSUPPORTED (address version)
    virtual nsapi_error_t add_dns_server(const SocketAddress &address, const char *interface_name = nullptr) = 0;

    /// Read the servers' addresses.
    /// @param index from 0
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_ADDRESS after the last
    virtual nsapi_error_t get_dns_server(int index, SocketAddress *address, const char *interface_name = nullptr) = 0;

protected:
    ~DNS() = default;
};

#endif
