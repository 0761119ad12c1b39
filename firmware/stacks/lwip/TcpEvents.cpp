// What lwIP tells a TCP socket: in its thread, under its lock.
#include "TcpConnection.h"

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

void TcpConnection::watch(tcp_pcb *pcb)
{
    _pcb = pcb;
    tcp_arg(pcb, this);
    tcp_recv(pcb, on_received);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_failed);
    tcp_poll(pcb, on_poll, poll_half_seconds);
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
