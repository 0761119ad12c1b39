#include "LwipStack.h"

#include "lwip/dns.h"
#include "lwip/netif.h"
#include "lwip_dns_cancel.h"
#include "stacks/host_name.h"

#include <algorithm>
#include <iterator>

using tlsbench::is_host_name;
using tlsbench::lwip::CoreLock;
using tlsbench::lwip::to_lwip;
using tlsbench::lwip::to_nsapi;

static_assert(DNS_MAX_NAME_LENGTH > tlsbench::kLongestHostName, "with its final zero");

namespace {

LwipStack stack;

/// A host name that lwIP looks up.
struct Query {
    int id = 0; // 0: free
    DNS::hostbyname_cb_t callback;
};

Query queries[DNS_TABLE_SIZE];
int last_query_id = 0;

void query_ended(const char *, const ip_addr_t *found, void *argument)
{
    auto *query = static_cast<Query *>(argument);
    const DNS::hostbyname_cb_t callback = query->callback;
    *query = Query();
    SocketAddress address = found ? to_nsapi(*found) : SocketAddress();
    callback(found ? 1 : int(NSAPI_ERROR_DNS_FAILURE), found ? &address : nullptr);
}

} // namespace

LwipStack &LwipStack::instance()
{
    return stack;
}

nsapi_error_t LwipStack::get_ip_address(SocketAddress *address)
{
    if (!address) {
        return NSAPI_ERROR_PARAMETER;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (!netif_default || !netif_is_up(netif_default) || ip_addr_isany(&netif_default->ip_addr)) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    *address = to_nsapi(netif_default->ip_addr);
    return NSAPI_ERROR_OK;
}

nsapi_value_or_error_t LwipStack::gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                      nsapi_version_t version, const char *)
{
    if (!host || !callback) {
        return NSAPI_ERROR_PARAMETER;
    }
    SocketAddress literal;
    if (literal.set_ip_address(host)) {
        if (version != NSAPI_UNSPEC && version != literal.get_ip_version()) {
            return NSAPI_ERROR_DNS_FAILURE;
        }
        callback(1, &literal);
        return 0;
    }
    if (!is_host_name(host)) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (version == NSAPI_IPv6) {
        return NSAPI_ERROR_DNS_FAILURE;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (!netif_default || !netif_is_up(netif_default)) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    Query *query = std::find_if(queries, std::end(queries), [](const Query &one) { return one.id == 0; });
    if (query == std::end(queries)) {
        return NSAPI_ERROR_DNS_FAILURE; // a server that doesn't answer keeps them all
    }
    last_query_id = last_query_id == INT32_MAX ? 1 : last_query_id + 1;
    *query = {last_query_id, callback};
    ip_addr_t found;
    switch (dns_gethostbyname(host, &found, query_ended, query)) {
        case ERR_INPROGRESS: return last_query_id;
        case ERR_OK: query_ended(host, &found, query); return 0;
        default: // no server known, or too many queries under way
            *query = Query();
            return NSAPI_ERROR_DNS_FAILURE;
    }
}

nsapi_error_t LwipStack::gethostbyname_async_cancel(int id)
{
    CoreLock lock;
    for (Query &query : queries) {
        if (id > 0 && query.id == id) {
            lwip_dns_cancel(&query);
            query = Query();
            return NSAPI_ERROR_OK;
        }
    }
    return NSAPI_ERROR_PARAMETER;
}

nsapi_error_t LwipStack::add_dns_server(const SocketAddress &address, const char *)
{
    ip_addr_t server;
    if (!address || !to_lwip(address, &server)) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    for (u8_t i = DNS_MAX_SERVERS - 1; i > 0; i--) {
        dns_setserver(i, dns_getserver(i - 1));
    }
    dns_setserver(0, &server);
    return NSAPI_ERROR_OK;
}

nsapi_error_t LwipStack::get_dns_server(int index, SocketAddress *address, const char *)
{
    if (!address) {
        return NSAPI_ERROR_PARAMETER;
    }
    tlsbench::lwip::start();
    CoreLock lock;
    if (index < 0 || index >= DNS_MAX_SERVERS || ip_addr_isany(dns_getserver(u8_t(index)))) {
        return NSAPI_ERROR_NO_ADDRESS;
    }
    *address = to_nsapi(*dns_getserver(u8_t(index)));
    return NSAPI_ERROR_OK;
}

void LwipStack::start()
{
    tlsbench::lwip::start();
}
