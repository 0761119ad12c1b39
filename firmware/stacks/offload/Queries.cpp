#include "Queries.h"

#include "Endpoint.h"
#include "Question.h"
#include "platform/clock.h"

#include <climits>
#include <cstring>

namespace tlsbench {
namespace offload {

namespace {

constexpr uint64_t kTimeoutUs = MBED_CONF_OFFLOAD_QUERY_MS * uint64_t(1000);

} // namespace

nsapi_value_or_error_t Queries::begin(const char *name, DNS::hostbyname_cb_t callback, nsapi_version_t version)
{
    Session &session = Session::instance();
    offload_ToHost message = offload_ToHost_init_zero;
    message.which_what = offload_ToHost_resolve_tag;
    message.what.resolve = INT_MAX; // as long as it can become
    const size_t length = strlen(name);
    if (length > session.data_room(message)) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (version == NSAPI_IPv6) {
        return NSAPI_ERROR_DNS_FAILURE;
    }
    const nsapi_error_t error = Question::wait_for_room();
    if (error != NSAPI_ERROR_OK) {
        return error == NSAPI_ERROR_TIMEOUT ? NSAPI_ERROR_DNS_FAILURE : error;
    }
    for (Query &query : _queries) {
        if (query.number == 0) {
            _last = _last == INT_MAX ? 1 : _last + 1;
            query = {_last, uptime_us() + kTimeoutUs, callback};
            message.what.resolve = uint32_t(_last);
            session.send(message, {reinterpret_cast<const uint8_t *>(name), length});
            return _last;
        }
    }
    return NSAPI_ERROR_DNS_FAILURE;
}

bool Queries::cancel(int number)
{
    for (Query &query : _queries) {
        if (number > 0 && query.number == number) {
            query.number = 0;
            return true;
        }
    }
    return false;
}

void Queries::end(Query &query, nsapi_value_or_error_t result, SocketAddress *address)
{
    query.number = 0;
    query.callback(result, address);
}

void Queries::on_answer(const offload_Resolved &answer)
{
    for (Query &query : _queries) {
        if (query.number && uint32_t(query.number) == answer.query) {
            SocketAddress address(to_address(answer.address));
            if (answer.result >= 0) {
                end(query, 1, &address);
            } else if (answer.result == NSAPI_ERROR_WOULD_BLOCK) { // as no answer at all; a caller would wait for it
                end(query, NSAPI_ERROR_DNS_FAILURE);
            } else {
                end(query, answer.result);
            }
            return;
        }
    }
}

void Queries::on_tick()
{
    const uint64_t now = uptime_us();
    for (Query &query : _queries) {
        if (query.number && now >= query.deadline_us) {
            end(query, NSAPI_ERROR_DNS_FAILURE);
        }
    }
}

void Queries::on_down()
{
    for (Query &query : _queries) {
        if (query.number) {
            end(query, NSAPI_ERROR_NO_CONNECTION);
        }
    }
}

} // namespace offload
} // namespace tlsbench
