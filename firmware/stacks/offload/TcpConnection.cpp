#include "TcpConnection.h"

#include "Question.h"

#include <algorithm>

namespace tlsbench {
namespace offload {

TcpConnection TcpConnection::pool[MBED_CONF_OFFLOAD_SOCKETS];

TcpConnection *TcpConnection::open()
{
    TcpConnection *const one = take_unused(pool);
    if (one) {
        one->renew(0);
    }
    return one;
}

void TcpConnection::renew(uint32_t number)
{
    _state = State::idle;
    _ended = _renewable = _again = false;
    _error = NSAPI_ERROR_OK;
    _sent = _send_limit = _waiting = 0;
    begin(false, number);
}

nsapi_error_t TcpConnection::bind(const SocketAddress &address)
{
    return _state == State::idle ? Endpoint::bind(address) : NSAPI_ERROR_PARAMETER;
}

nsapi_error_t TcpConnection::listen(int backlog)
{
    if (_state != State::idle || backlog < 1) {
        return NSAPI_ERROR_PARAMETER;
    }
    offload_ToHost message = this->message();
    message.which_what = offload_ToHost_listen_tag;
    message.what.listen.value = uint32_t(backlog);
    will_set();
    const nsapi_error_t error = Question::ask(message);
    if (error == NSAPI_ERROR_OK && _state == State::idle) {
        _state = State::listening;
    }
    return error;
}

nsapi_error_t TcpConnection::set_option(int option, int value)
{
    return Endpoint::set_option(NSAPI_SOCKET, option, &value, sizeof value);
}

nsapi_error_t TcpConnection::set_tls_option(int option, const void *value, size_t size)
{
    const bool enables = option == NSAPI_TLSSOCKET_ENABLE;
    const bool off = enables && size == 1 && !*static_cast<const uint8_t *>(value);
    if (lost() && !off && Session::instance().up()) {
        reopen();
    }
    const nsapi_error_t error = Endpoint::set_option(NSAPI_TLSSOCKET_LEVEL, option, value, size);
    if (error != NSAPI_ERROR_OK || !enables || !_known) {
        return error; // also where the session ended after the answer
    }
    _renewable = _state != State::connected;
    if (off && _state == State::connecting) {
        fail(NSAPI_ERROR_CONNECTION_TIMEOUT);
    }
    // It was switched off: whoever waited for it does so no longer, whatever came of it meanwhile.
    _again |= off && _state == State::failed;
    return error;
}

/// The host makes a socket in the place of the one that ended with its session. Nothing of what was set is set on that:
/// connect() tells of the loss once more, and tries again when TLS is enabled anew.
void TcpConnection::reopen()
{
    const nsapi_error_t error = _error;
    renew(0);
    _state = State::failed;
    _error = error;
}

nsapi_error_t TcpConnection::get_option(int option, int *value)
{
    size_t size = sizeof *value;
    return Endpoint::get_option(NSAPI_SOCKET, option, value, &size);
}

nsapi_error_t TcpConnection::connect(const SocketAddress &address)
{
    switch (_state) {
        case State::connecting: return NSAPI_ERROR_ALREADY;
        case State::connected: return NSAPI_ERROR_IS_CONNECTED;
        case State::failed:
            if (!_again) {
                _again = _renewable;
                return _error;
            }
            break;
        case State::idle: break;
        default: return NSAPI_ERROR_PARAMETER;
    }
    if (address.get_ip_version() != NSAPI_IPv4 || !address) {
        return NSAPI_ERROR_PARAMETER;
    }
    if (!Session::instance().up()) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    _peer = address.get_addr();
    _peer_port = address.get_port();
    _state = State::connecting;
    _sent = _send_limit = 0;
    _again = false;
    want(CONNECT);
    return NSAPI_ERROR_IN_PROGRESS;
}

nsapi_error_t TcpConnection::accept(TcpConnection **connection, SocketAddress *peer)
{
    TcpConnection *const one = _waiting ? take_unused(pool) : nullptr;
    if (_state != State::listening) {
        return _state == State::failed ? _error : NSAPI_ERROR_PARAMETER;
    }
    if (!_waiting) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    if (!one) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    one->renew(_waiting);
    one->_peer = _peer;
    one->_peer_port = _peer_port;
    one->_send_limit = _send_limit;
    one->_state = State::connected;
    one->want(ACCEPT);
    if (peer) {
        *peer = SocketAddress(_peer, _peer_port);
    }
    *connection = one;
    _waiting = 0;
    return NSAPI_ERROR_OK;
}

nsapi_size_or_error_t TcpConnection::send(const void *data, nsapi_size_t size)
{
    switch (_state) {
        case State::failed: return _error;
        case State::connecting: return NSAPI_ERROR_WOULD_BLOCK;
        case State::connected: break;
        default: return NSAPI_ERROR_NO_CONNECTION;
    }
    Session &session = Session::instance();
    nsapi_size_t taken = 0;
    // One place is left for messages that keep others going.
    while (taken < size && session.room() > 1) {
        offload_ToHost message = this->message();
        const size_t count = std::min({size_t(size - taken), session.data_room(message), size_t(_send_limit - _sent)});
        if (count == 0) {
            break;
        }
        session.send(message, {static_cast<const uint8_t *>(data) + taken, count});
        taken += nsapi_size_t(count);
        _sent += uint32_t(count);
    }
    _starving = taken < size && _sent != _send_limit;
    return taken || !size ? nsapi_size_or_error_t(taken) : nsapi_size_or_error_t(NSAPI_ERROR_WOULD_BLOCK);
}

nsapi_size_or_error_t TcpConnection::receive(void *data, nsapi_size_t size)
{
    if (fill()) {
        const size_t count = std::min<size_t>(size, fill());
        peek(0, data, count);
        drop(count);
        return nsapi_size_or_error_t(count);
    }
    switch (_state) {
        case State::connecting: return NSAPI_ERROR_WOULD_BLOCK;
        case State::failed: return _error;
        case State::connected: return _ended || !size ? 0 : int(NSAPI_ERROR_WOULD_BLOCK);
        default: return NSAPI_ERROR_NO_CONNECTION;
    }
}

void TcpConnection::fail(nsapi_error_t error)
{
    _state = State::failed;
    switch (error) {
        case NSAPI_ERROR_WOULD_BLOCK:
        case NSAPI_ERROR_IN_PROGRESS:
        case NSAPI_ERROR_ALREADY:
        case NSAPI_ERROR_IS_CONNECTED:
            _error = NSAPI_ERROR_DEVICE_ERROR; // a host that says so has a caller wait for ever
            break;
        default: _error = error;
    }
    changed();
}

void TcpConnection::on_message(const offload_ToTarget &message, const Bytes &data)
{
    switch (message.which_what) {
        case offload_ToTarget_connected_tag:
            if (message.what.connected < 0) {
                fail(message.what.connected);
                return;
            }
            _state = State::connected;
            _renewable = false;
            break;
        case offload_ToTarget_limit_tag:
            if (int32_t(message.what.limit - _send_limit) > 0) { // it never shrinks
                _send_limit = message.what.limit;
            }
            break;
        case offload_ToTarget_ended_tag:
            if (message.what.ended < 0) {
                fail(message.what.ended);
                return;
            }
            _ended = true;
            break;
        case offload_ToTarget_incoming_tag:
            if (_state != State::listening && _state != State::idle) { // it may be ahead of who called listen()
                return;
            }
            _waiting = message.what.incoming.connection;
            _send_limit = message.what.incoming.limit;
            _peer = to_address(message.what.incoming.peer.address);
            _peer_port = uint16_t(message.what.incoming.peer.port);
            break;
        default: put(data.at, data.count);
    }
    changed();
}

void TcpConnection::on_down()
{
    _known = false;
    if (leaving()) {
        _number = 0;
        return;
    }
    const bool news = _state != State::failed || _again;
    _wants = 0;
    _renewable = _again = false;
    if (_state == State::idle && !_set) {
        _wants = OPEN;
    } else if (news) {
        fail(_state == State::connecting ? NSAPI_ERROR_NO_CONNECTION : NSAPI_ERROR_CONNECTION_LOST);
    }
}

} // namespace offload
} // namespace tlsbench
