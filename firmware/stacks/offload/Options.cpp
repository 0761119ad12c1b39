// What a socket asks the host to do at once: local addresses and options.
#include "Endpoint.h"
#include "Question.h"

#include <algorithm>

namespace tlsbench {
namespace offload {

nsapi_error_t Endpoint::bind(const SocketAddress &address)
{
    if (address.get_ip_version() == NSAPI_IPv6) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (lost()) {
        return NSAPI_ERROR_CONNECTION_LOST;
    }
    will_set();
    offload_ToHost message = this->message();
    message.which_what = offload_ToHost_bind_tag;
    message.what.bind.has_endpoint = true;
    message.what.bind.endpoint.address = to_number(address.get_addr());
    message.what.bind.endpoint.port = address.get_port();
    return Question::ask(message);
}

nsapi_error_t Endpoint::set_option(int level, int option, const void *value, size_t size)
{
    if (lost()) {
        return NSAPI_ERROR_CONNECTION_LOST;
    }
    will_set();
    Bytes rest = {static_cast<const uint8_t *>(value), size};
    nsapi_error_t error = NSAPI_ERROR_OK;
    do {
        offload_ToHost message = this->message();
        message.which_what = offload_ToHost_set_option_tag;
        message.what.set_option.level = level;
        message.what.set_option.name = option;
        message.what.set_option.offset = uint32_t(size - rest.count);
        message.what.set_option.total = uint32_t(size);
        message.what.set_option.id = UINT32_MAX; // as long as it can become
        const size_t count = std::min(rest.count, Session::instance().data_room(message));
        error = Question::ask(message, {rest.at, count});
        rest = {rest.at + count, rest.count - count};
    } while (error == NSAPI_ERROR_OK && rest.count);
    return error;
}

nsapi_error_t Endpoint::get_option(int level, int option, void *value, size_t *size)
{
    if (lost()) {
        return NSAPI_ERROR_CONNECTION_LOST;
    }
    const size_t room = *size;
    size_t got = 0, total = 0;
    do {
        offload_ToHost message = this->message();
        message.which_what = offload_ToHost_get_option_tag;
        message.what.get_option.level = level;
        message.what.get_option.name = option;
        message.what.get_option.offset = uint32_t(got);
        message.what.get_option.total = uint32_t(room);
        size_t piece = 0;
        const nsapi_error_t error =
            Question::ask(message, {}, static_cast<uint8_t *>(value) + got, room - got, &total, &piece);
        if (error != NSAPI_ERROR_OK) {
            return error;
        }
        if (piece == 0) {
            break;
        }
        got += piece;
    } while (got < std::min(total, room));
    *size = got;
    return NSAPI_ERROR_OK;
}

} // namespace offload
} // namespace tlsbench
