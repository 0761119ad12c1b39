#include "TcpConnection.h"

namespace tlsbench {
namespace lwip {

nsapi_error_t TcpConnection::set_option(int option, int value)
{
    if (!_pcb || _state == State::listening) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    switch (option) {
        case NSAPI_REUSEADDR:
        case NSAPI_KEEPALIVE: {
            const u8_t flag = option == NSAPI_REUSEADDR ? SOF_REUSEADDR : SOF_KEEPALIVE;
            if (value) {
                ip_set_option(_pcb, flag);
            } else {
                ip_reset_option(_pcb, flag);
            }
            return NSAPI_ERROR_OK;
        }
        case NSAPI_KEEPIDLE:
        case NSAPI_KEEPINTVL:
            if (value <= 0) {
                return NSAPI_ERROR_PARAMETER;
            }
            (option == NSAPI_KEEPIDLE ? _pcb->keep_idle : _pcb->keep_intvl) = u32_t(value);
            return NSAPI_ERROR_OK;
        default: return NSAPI_ERROR_UNSUPPORTED;
    }
}

nsapi_error_t TcpConnection::get_option(int option, int *value) const
{
    if (!_pcb || _state == State::listening) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    switch (option) {
        case NSAPI_REUSEADDR: *value = ip_get_option(_pcb, SOF_REUSEADDR) != 0; return NSAPI_ERROR_OK;
        case NSAPI_KEEPALIVE: *value = ip_get_option(_pcb, SOF_KEEPALIVE) != 0; return NSAPI_ERROR_OK;
        case NSAPI_KEEPIDLE: *value = int(_pcb->keep_idle); return NSAPI_ERROR_OK;
        case NSAPI_KEEPINTVL: *value = int(_pcb->keep_intvl); return NSAPI_ERROR_OK;
        default: return NSAPI_ERROR_UNSUPPORTED;
    }
}

} // namespace lwip
} // namespace tlsbench
