// What lwIP tells a TCP socket: in its thread, under its lock.
#include "TcpConnection.h"

#include "lwip/priv/tcp_priv.h"
#include "platform/mbed_assert.h"

#include <algorithm>
#include <cstring>

namespace tlsbench {
namespace lwip {
namespace {

constexpr u8_t poll_half_seconds = 2;

/// Move what was received to the front of its buffers and free those that become empty. A peer that sends small
/// segments to somebody who doesn't read would else hold a buffer with each of them.
void squeeze(pbuf *received)
{
    for (pbuf *into = received; pbuf *from = into->next;) {
        MBED_ASSERT(pbuf_get_allocsrc(into) == PBUF_TYPE_ALLOC_SRC_MASK_STD_MEMP_PBUF_POOL);
        const u16_t part = std::min(from->len, u16_t(PBUF_POOL_BUFSIZE - into->len));
        if (part > 0) {
            auto *start = reinterpret_cast<u8_t *>(into) + LWIP_MEM_ALIGN_SIZE(sizeof(pbuf)); // as pbuf.c lays it out
            if (into->payload != start) {
                memmove(start, into->payload, into->len);
                into->payload = start;
            }
            memcpy(start + into->len, from->payload, part);
            into->len = u16_t(into->len + part);
        }
        if (part == from->len) {
            into->next = from->next;
            from->next = nullptr;
            pbuf_free(from);
        } else {
            pbuf_remove_header(from, part);
            into = from;
        }
    }
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

err_t TcpConnection::on_connected(void *argument, tcp_pcb *pcb, err_t)
{
    auto *self = static_cast<TcpConnection *>(argument);
    self->_state = State::connected;
    self->widen();
    tcp_update_rcv_ann_wnd(pcb); // told with the acknowledgement that lwIP sends next
    self->changed();
    return ERR_OK;
}

err_t TcpConnection::on_received(void *argument, tcp_pcb *, pbuf *data, err_t)
{
    auto *self = static_cast<TcpConnection *>(argument);
    if (!data) {
        self->_end_of_stream = true;
    } else if (self->_received) {
        pbuf_cat(self->_received, data);
    } else {
        self->_received = data;
    }
    if (data && pbuf_clen(self->_received) > self->_segments) {
        squeeze(self->_received);
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
    connection->widen();
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
