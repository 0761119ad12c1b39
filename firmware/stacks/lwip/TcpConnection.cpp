#include "TcpConnection.h"

#include "ReceiveBuffers.h"
#include "core.h"
#include "lwip/priv/tcp_priv.h"

#include <algorithm>

namespace tlsbench {
namespace lwip {

TcpConnection TcpConnection::pool[MEMP_NUM_TCP_PCB + MEMP_NUM_TCP_PCB_LISTEN];
u16_t ReceiveBuffers::windows = 0;
u16_t ReceiveBuffers::datagrams = 0;

TcpConnection *TcpConnection::take(tcp_pcb *pcb)
{
    TcpConnection *unused = nullptr;
    int connections = 0; // one that failed has no PCB any more, but may still hold what it received
    for (TcpConnection &one : pool) {
        if (one._state == State::unused) {
            unused = &one;
        } else if (one._state != State::listening) {
            connections++;
        }
    }
    if (!unused || connections == MEMP_NUM_TCP_PCB) {
        return nullptr;
    }
    unused->_state = State::idle;
    unused->watch(pcb);
    return unused;
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
            // lwIP resets a connection that is closed with another window than this: something was not read.
            _pcb->rcv_wnd = _received ? 0 : TCP_WND;
        }
        if (tcp_close(_pcb) != ERR_OK) {
            tcp_abort(_pcb);
        }
    }
    if (_received) {
        pbuf_free(_received);
    }
    ReceiveBuffers::windows = u16_t(ReceiveBuffers::windows - (_segments - 1));
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

/// Widen the window by up to half of the buffers that nobody has, so that the next one finds some, too.
void TcpConnection::widen()
{
    const int wanted = TLSBENCH_TCP_SEGMENTS - _segments;
    const u16_t more = u16_t(std::min(wanted, (ReceiveBuffers::left() + 1) / 2));
    ReceiveBuffers::windows = u16_t(ReceiveBuffers::windows + more);
    _segments = u8_t(_segments + more);
    _pcb->rcv_wnd = u16_t(_pcb->rcv_wnd + more * TCP_MSS);
}

/// Somebody has read so many bytes: let the peer send as many more. tcp_recved() is this for a window of TCP_WND.
void TcpConnection::reopen(u16_t bytes)
{
    if (_segments == 1) {
        widen(); // others may have given back what was not there when it began
    }
    _pcb->rcv_wnd = u16_t(_pcb->rcv_wnd + bytes);
    if (tcp_update_rcv_ann_wnd(_pcb) >= u32_t(_segments * TCP_MSS / 3)) {
        tcp_ack_now(_pcb);
        tcp_output(_pcb);
    }
}

nsapi_size_or_error_t TcpConnection::receive(void *data, nsapi_size_t size)
{
    if (_received) {
        const u16_t part = u16_t(std::min<nsapi_size_t>(size, _received->tot_len));
        pbuf_copy_partial(_received, data, part, 0);
        _received = pbuf_free_header(_received, part);
        if (_pcb) {
            reopen(part);
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

} // namespace lwip
} // namespace tlsbench
