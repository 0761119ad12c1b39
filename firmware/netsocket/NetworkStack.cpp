#include "netsocket/NetworkStack.h"

#include "rtos/Semaphore.h"

nsapi_error_t NetworkStack::get_ip_address(SocketAddress *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkStack::gethostbyname(const char *host, SocketAddress *address, nsapi_version_t version,
                                          const char *interface_name)
{
    if (!host || !address) {
        return NSAPI_ERROR_PARAMETER;
    }
    struct Answer {
        rtos::Semaphore here;
        nsapi_value_or_error_t result = NSAPI_ERROR_DNS_FAILURE;
        nsapi_addr_t address{};

        void take(nsapi_value_or_error_t value, SocketAddress *found)
        {
            result = value;
            address = found ? found->get_addr() : nsapi_addr_t{};
            here.release();
        }
    } answer;

    const nsapi_value_or_error_t begun =
        gethostbyname_async(host, mbed::callback(&answer, &Answer::take), version, interface_name);
    if (begun < 0) {
        return begun;
    }
    answer.here.acquire(); // the stack gives up in its own time
    if (answer.result < 0) {
        return answer.result;
    }
    address->set_addr(answer.address);
    return NSAPI_ERROR_OK;
}

nsapi_error_t NetworkStack::setstackopt(int, int, const void *, unsigned)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkStack::getstackopt(int, int, void *, unsigned *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkStack::setsockopt(nsapi_socket_t, int, int, const void *, unsigned)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t NetworkStack::getsockopt(nsapi_socket_t, int, int, void *, unsigned *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}
