#include "TcpConnection.h"

#include "core.h"

#include <algorithm>
#include <cstring>

namespace tlsbench {
namespace lwip {
namespace {

constexpr u8_t poll_half_seconds = 2;

/// Copy a small segment behind the last one received, if that one's buffer has room. A peer that sends byte by byte to
/// somebody who doesn't read would soon hold every receive buffer, and nobody would hear anything any more.
bool append_in_place(pbuf *received, const pbuf *data)
{
    pbuf *last = received;
    while (last->next) {
        last = last->next;
    }
    if (data->next || pbuf_get_allocsrc(last) != PBUF_TYPE_ALLOC_SRC_MASK_STD_MEMP_PBUF_POOL) {
        return false;
    }
    // pbuf.c puts the buffer right behind the structure.
    auto *end = static_cast<u8_t *>(last->payload) + last->len;
    const auto *limit = reinterpret_cast<u8_t *>(last) + LWIP_MEM_ALIGN_SIZE(sizeof(pbuf)) + PBUF_POOL_BUFSIZE;
    if (limit - end < data->len) {
        return false;
    }
    memcpy(end, data->payload, data->len);
    last->len = u16_t(last->len + data->len);
    for (pbuf *part = received; part; part = part->next) {
        part->tot_len = u16_t(part->tot_len + data->len);
    }
    return true;
}

} // namespace

TcpConnection TcpConnection::pool[MEMP_NUM_TCP_PCB + MEMP_NUM_TCP_PCB_LISTEN];

TcpConnection *TcpConnection::take(tcp_pcb *pcb)
{
    for (TcpConnection &one : pool) {
        if (one._state == State::unused) {
            one._state = State::idle;
            one.watch(pcb);
            return &one;
        }
    }
    return nullptr;
}

TcpConnection *TcpConnection::open()
{
    // When all are taken, lwIP gives up the oldest connection that is closed on this side (TIME_WAIT first).
    tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_V4);
    if (!pcb) {
        return nullptr;
    }
    TcpConnection *connection = take(pcb);
    if (!connection) {
        tcp_close(pcb);
    }
    return connection;
}

void TcpConnection::watch(tcp_pcb *pcb)
{
    _pcb = pcb;
    tcp_arg(pcb, this);
    tcp_recv(pcb, on_received);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_failed);
    tcp_poll(pcb, on_poll, poll_half_seconds);
}

void TcpConnection::close()
{
    while (_pending) {
        TcpConnection *orphan = _pending;
        _pending = orphan->_pending;
        orphan->_pending = nullptr;
        orphan->close();
    }
    if (_pcb) {
        if (_state == State::listening) {
            tcp_arg(_pcb, nullptr);
            tcp_accept(_pcb, nullptr);
        } else {
            tcp_arg(_pcb, nullptr);
            tcp_recv(_pcb, nullptr);
            tcp_sent(_pcb, nullptr);
            tcp_err(_pcb, nullptr);
            tcp_poll(_pcb, nullptr, 0);
            // Only what is left to send keeps it alive: a new connection may have its place.
            tcp_setprio(_pcb, TCP_PRIO_MIN);
        }
        if (tcp_close(_pcb) != ERR_OK) {
            tcp_abort(_pcb);
        }
    }
    if (_received) {
        pbuf_free(_received);
    }
    *this = TcpConnection();
}

nsapi_error_t TcpConnection::bind(const SocketAddress &address)
{
    ip_addr_t local;
    // A second tcp_bind would enter the PCB into lwIP's list of bound ones twice, which makes a ring of it.
    if (_state != State::idle || _pcb->local_port != 0 || !to_lwip(address, &local)) {
        return NSAPI_ERROR_PARAMETER;
    }
    return to_nsapi(tcp_bind(_pcb, &local, address.get_port()));
}

nsapi_error_t TcpConnection::listen(int backlog)
{
    if (_state != State::idle || backlog < 1) {
        return NSAPI_ERROR_PARAMETER;
    }
    // lwIP swaps the PCB for a smaller one.
    err_t error = ERR_OK;
    tcp_pcb *listener = tcp_listen_with_backlog_and_err(_pcb, u8_t(std::min(backlog, 0xff)), &error);
    if (!listener) {
        return to_nsapi(error);
    }
    _pcb = listener;
    _state = State::listening;
    tcp_arg(_pcb, this);
    tcp_accept(_pcb, on_accepted);
    return NSAPI_ERROR_OK;
}

nsapi_error_t TcpConnection::connect(const SocketAddress &address)
{
    switch (_state) {
        case State::connecting: return NSAPI_ERROR_ALREADY;
        case State::connected: return NSAPI_ERROR_IS_CONNECTED;
        case State::failed: return _error;
        case State::idle: break;
        default: return NSAPI_ERROR_PARAMETER;
    }
    ip_addr_t peer;
    if (!to_lwip(address, &peer) || ip_addr_isany_val(peer)) {
        return NSAPI_ERROR_PARAMETER;
    }
    const err_t error = tcp_connect(_pcb, &peer, address.get_port(), on_connected);
    if (error != ERR_OK) {
        return to_nsapi(error);
    }
    _state = State::connecting;
    return NSAPI_ERROR_IN_PROGRESS;
}

nsapi_error_t TcpConnection::accept(TcpConnection **connection, SocketAddress *peer)
{
    if (_state != State::listening) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (!_pending) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    TcpConnection *next = _pending;
    _pending = next->_pending;
    next->_pending = nullptr;
    if (next->_pcb) { // it may have failed while it waited: the caller will see
        tcp_backlog_accepted(next->_pcb);
        if (peer) {
            *peer = to_nsapi(next->_pcb->remote_ip, next->_pcb->remote_port);
        }
    }
    *connection = next;
    return NSAPI_ERROR_OK;
}

nsapi_size_or_error_t TcpConnection::send(const void *data, nsapi_size_t size)
{
    if (_state == State::failed) {
        return _error;
    }
    if (_state == State::connecting) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    if (_state != State::connected) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    if (size == 0) {
        return 0;
    }
    // lwIP takes all of it or nothing. Memory is shared by all connections: ask for less before giving up.
    err_t error = ERR_MEM;
    u16_t part = u16_t(std::min<nsapi_size_t>(size, tcp_sndbuf(_pcb)));
    while (part > 0 && error == ERR_MEM) {
        error = tcp_write(_pcb, data, part, TCP_WRITE_FLAG_COPY);
        if (error == ERR_MEM) {
            part /= 2;
        }
    }
    _starved = error == ERR_MEM;
    if (_starved) {
        return NSAPI_ERROR_WOULD_BLOCK; // on_sent or on_poll calls for another attempt
    }
    if (error != ERR_OK) {
        return to_nsapi(error);
    }
    tcp_output(_pcb); // should it fail, lwIP's timer tries again
    return part;
}

nsapi_size_or_error_t TcpConnection::receive(void *data, nsapi_size_t size)
{
    if (_received) {
        const u16_t part = u16_t(std::min<nsapi_size_t>(size, _received->tot_len));
        pbuf_copy_partial(_received, data, part, 0);
        _received = pbuf_free_header(_received, part);
        if (_pcb) {
            tcp_recved(_pcb, part);
        }
        return part;
    }
    if (_end_of_stream) {
        return 0;
    }
    switch (_state) {
        case State::failed: return _error;
        case State::connected:
        case State::connecting: return NSAPI_ERROR_WOULD_BLOCK;
        default: return NSAPI_ERROR_NO_CONNECTION;
    }
}

void TcpConnection::attach(void (*callback)(void *), void *data)
{
    _callback = callback;
    _callback_data = data;
}

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

void TcpConnection::changed()
{
    if (_callback) {
        _callback(_callback_data);
    }
}

err_t TcpConnection::on_connected(void *argument, tcp_pcb *, err_t)
{
    auto *self = static_cast<TcpConnection *>(argument);
    self->_state = State::connected;
    self->changed();
    return ERR_OK;
}

err_t TcpConnection::on_received(void *argument, tcp_pcb *, pbuf *data, err_t)
{
    auto *self = static_cast<TcpConnection *>(argument);
    if (!data) {
        self->_end_of_stream = true;
    } else if (self->_received && append_in_place(self->_received, data)) {
        pbuf_free(data);
    } else if (self->_received) {
        pbuf_cat(self->_received, data);
    } else {
        self->_received = data;
    }
    self->changed();
    return ERR_OK;
}

err_t TcpConnection::on_sent(void *argument, tcp_pcb *, u16_t)
{
    static_cast<TcpConnection *>(argument)->changed();
    return ERR_OK;
}

err_t TcpConnection::on_poll(void *argument, tcp_pcb *)
{
    // Nobody else tells a sender when memory that another connection held is free again.
    auto *self = static_cast<TcpConnection *>(argument);
    if (self->_starved) {
        self->changed();
    }
    return ERR_OK;
}

err_t TcpConnection::on_accepted(void *argument, tcp_pcb *pcb, err_t error)
{
    auto *self = static_cast<TcpConnection *>(argument);
    if (!self || error != ERR_OK || !pcb) {
        return ERR_VAL;
    }
    TcpConnection *connection = take(pcb);
    if (!connection) {
        return ERR_MEM; // lwIP resets the connection
    }
    connection->_state = State::connected;
    tcp_backlog_delayed(pcb);
    TcpConnection **last = &self->_pending;
    while (*last) {
        last = &(*last)->_pending;
    }
    *last = connection;
    self->changed();
    return ERR_OK;
}

void TcpConnection::on_failed(void *argument, err_t error)
{
    auto *self = static_cast<TcpConnection *>(argument);
    if (self->_state != State::connecting) {
        self->_error = NSAPI_ERROR_CONNECTION_LOST;
    } else {
        // Mbed OS has no code of its own for a refused connection.
        self->_error = error == ERR_RST ? NSAPI_ERROR_NO_CONNECTION : NSAPI_ERROR_CONNECTION_TIMEOUT;
    }
    self->_pcb = nullptr; // lwIP has freed it
    self->_state = State::failed;
    self->changed();
}

} // namespace lwip
} // namespace tlsbench
