// lwIP's resolver, and the way to give a query up that lwIP leaves out. Its tables are known in this file only.
#include "core/dns.c" // NOLINT(bugprone-suspicious-include)

#include "lwip_dns_cancel.h"

/// The request with this argument, or null.
static struct dns_req_entry *request_of(const void *argument)
{
    for (int i = 0; i < DNS_MAX_REQUESTS; i++) {
        if (dns_requests[i].found && dns_requests[i].arg == argument) {
            return &dns_requests[i];
        }
    }
    return NULL;
}

void lwip_dns_cancel(const void *argument)
{
    struct dns_req_entry *request = request_of(argument);
    if (!request) {
        return;
    }
    request->found = NULL;
    for (int i = 0; i < DNS_MAX_REQUESTS; i++) {
        if (dns_requests[i].found && dns_requests[i].dns_table_idx == request->dns_table_idx) {
            return; // somebody else asks for the same name
        }
    }
    // Nobody is left to be called: this gives the query's socket back only.
    dns_call_found(request->dns_table_idx, NULL);
    dns_table[request->dns_table_idx].state = DNS_STATE_UNUSED;
}
