// Host names that were asked for and have no answer yet.
#pragma once

#include "Session.h"
#include "netsocket/DNS.h"

namespace tlsbench {
namespace offload {

/// All members need the stack's lock.
class Queries {
public:
    /// @return the query's number; NSAPI_ERROR_DNS_FAILURE: too many at once; NSAPI_ERROR_PARAMETER: too long a name;
    ///         NSAPI_ERROR_NO_CONNECTION
    nsapi_value_or_error_t begin(const char *name, DNS::hostbyname_cb_t callback, nsapi_version_t version);

    /// @return false if there is no such query
    bool cancel(int number);

    void on_answer(const offload_Resolved &answer);
    void on_tick();
    void on_down();

private:
    struct Query {
        int number; // 0: unused
        uint64_t deadline_us;
        DNS::hostbyname_cb_t callback;
    };

    static void end(Query &query, nsapi_value_or_error_t result, SocketAddress *address = nullptr);

    Query _queries[MBED_CONF_OFFLOAD_QUERIES] = {};
    int _last = 0;
};

} // namespace offload
} // namespace tlsbench
