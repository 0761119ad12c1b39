// TLSSocketWrapper: looking up a host.
#include "netsocket/NetworkStack.h"
#include "netsocket/TLSSocketWrapper.h"

#include <atomic>

nsapi_error_t TLSSocketWrapper::resolve_at(NetworkStack *stack, const Deadline &deadline, const char *host,
                                           SocketAddress *address)
{
    if (!stack) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    struct Query {
        TLSSocketWrapper *socket;
        SocketAddress *address;
        std::atomic<nsapi_value_or_error_t> found;
    } query{this, address, {NSAPI_ERROR_IN_PROGRESS}};
    nsapi_value_or_error_t id =
        stack->gethostbyname_async(host, [&query](nsapi_value_or_error_t found, SocketAddress *answer) {
            if (found > 0) {
                query.address->set_addr(answer->get_addr());
            }
            query.found = found;
            query.socket->wake(CONNECT);
        });
    if (id < 0) {
        return id;
    }
    Deadline::Milliseconds backoff = rtos::Kernel::wait_for_u32_max; // the answer always wakes
    while (query.found == NSAPI_ERROR_IN_PROGRESS) {
        nsapi_error_t ret = pause(CONNECT, deadline, backoff);
        if (ret != NSAPI_ERROR_OK) {
            stack->gethostbyname_async_cancel(id);
            return ret;
        }
    }
    nsapi_value_or_error_t found = query.found;
    return found > 0 ? int(NSAPI_ERROR_OK) : found == 0 ? int(NSAPI_ERROR_DNS_FAILURE) : found;
}
