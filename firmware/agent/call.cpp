#include "call.h"

#include "blob.h"
#include "call_maker.h"

#include "netsocket/NetworkInterface.h"

#include <cstring>

namespace tlsbench::agent {

void CallMaker::make()
{
    if (!_uses.socket) {
        interface_call();
        return;
    }
    if (_call.which_what == tlsbench_Call_create_tag) {
        create();
    } else {
        socket_call();
    }
    // Gone after a delete, and after the close of a socket that deletes itself.
    Socket *still = _uses.socket->socket;
    if (still && _uses.socket->kind->tls) {
        _out.tls_error = _uses.socket->kind->tls->last_error(*still);
        _out.verify_flags = _uses.socket->kind->tls->verify_flags(*still);
    }
}

void CallMaker::create()
{
    NamedSocket *entry = _uses.socket;
    const tlsbench_Create &how = _call.what.create;
    Creation with = {entry->transport ? entry->transport->socket : nullptr, how.hostname[0] ? how.hostname : nullptr,
                     int(how.mode)};
    Socket *made = nullptr;
    timed([&] {
        made = entry->kind->create(with);
        return made ? NSAPI_ERROR_OK : NSAPI_ERROR_NO_MEMORY;
    });
    _sockets.set_object(entry, made);
}

void CallMaker::accept()
{
    Socket *made = nullptr;
    nsapi_error_t error = NSAPI_ERROR_OK;
    timed([&] {
        made = socket().accept(&error);
        return error;
    });
    if (made) {
        _uses.other->deletes_itself = true;
        _sockets.set_object(_uses.other, made);
    }
}

void CallMaker::delete_socket()
{
    Socket *object = _sockets.take_object(_uses.socket);
    timed([&] {
        delete object;
        return NSAPI_ERROR_OK;
    });
}

void CallMaker::close()
{
    Socket *object = _uses.socket->deletes_itself ? _sockets.take_object(_uses.socket) : &socket();
    timed([&] { return object->close(); });
}

void CallMaker::set_option(const tlsbench_Option &option)
{
    const void *value = option.value.bytes;
    unsigned size = option.value.size;
    if (option.has_range) {
        value = blob_at(option.range);
        size = option.range.length;
        if (!value) {
            _out.refusal.say("bytes %u to %u go beyond the %u of the blob area", unsigned(option.range.offset),
                             unsigned(option.range.offset + size), unsigned(kBlobBytes));
            return;
        }
    }
    timed([&] { return socket().setsockopt(option.level, option.name, value, size); });
}

void CallMaker::socket_call()
{
    const Kind &kind = *_uses.socket->kind;
    const auto &what = _call.what;
    switch (_call.which_what) {
        case tlsbench_Call_delete_socket_tag: return delete_socket();
        case tlsbench_Call_close_tag: return close();
        case tlsbench_Call_open_tag:
            return timed([&] {
                return kind.open ? kind.open(socket(), *NetworkInterface::get_default_instance())
                                 : NSAPI_ERROR_UNSUPPORTED;
            });
        case tlsbench_Call_connect_tag:
            if (!what.connect.host[0] && kind.tls) {
                return timed([&] { return kind.tls->connect ? kind.tls->connect(socket()) : NSAPI_ERROR_UNSUPPORTED; });
            }
            if (is_address(what.connect.host)) {
                timed([&] { return socket().connect(SocketAddress(what.connect.host, uint16_t(what.connect.port))); });
            }
            return;
        case tlsbench_Call_connect_host_tag:
            return timed([&] {
                return kind.connect_host
                           ? kind.connect_host(socket(), what.connect_host.host, uint16_t(what.connect_host.port))
                           : NSAPI_ERROR_UNSUPPORTED;
            });
        case tlsbench_Call_send_tag:
            return timed([&] { return socket().send(what.send.data.bytes, what.send.data.size); });
        case tlsbench_Call_sendto_tag: return sendto(what.sendto);
        case tlsbench_Call_recv_tag: return receive(false);
        case tlsbench_Call_recvfrom_tag: return receive(true);
        case tlsbench_Call_send_pattern_tag: return send_pattern();
        case tlsbench_Call_recv_pattern_tag: return recv_pattern();
        case tlsbench_Call_set_blocking_tag:
            return timed([&] {
                socket().set_blocking(what.set_blocking.on);
                return NSAPI_ERROR_OK;
            });
        case tlsbench_Call_set_timeout_tag:
            return timed([&] {
                socket().set_timeout(what.set_timeout.ms);
                return NSAPI_ERROR_OK;
            });
        case tlsbench_Call_sigio_tag:
            _uses.socket->restart_sigio();
            return timed([&] {
                socket().sigio(what.sigio.on ? mbed::callback(_uses.socket, &NamedSocket::count_sigio)
                                             : mbed::Callback<void()>());
                return NSAPI_ERROR_OK;
            });
        case tlsbench_Call_bind_tag:
            return timed([&] { return socket().bind(SocketAddress(what.bind.host, uint16_t(what.bind.port))); });
        case tlsbench_Call_listen_tag: return timed([&] { return socket().listen(what.listen.backlog); });
        case tlsbench_Call_accept_tag: return accept();
        case tlsbench_Call_setsockopt_tag: return set_option(what.setsockopt);
        case tlsbench_Call_getsockopt_tag: {
            unsigned length = what.getsockopt.length < kDataBytes ? what.getsockopt.length : kDataBytes;
            timed([&] { return socket().getsockopt(what.getsockopt.level, what.getsockopt.name, _buffer, &length); });
            _out.data_length = _out.result == NSAPI_ERROR_OK && length <= kDataBytes ? length : 0;
            _out.body = tlsbench_Reply_data_tag;
            return;
        }
        case tlsbench_Call_getpeername_tag:
            return addressed([&](SocketAddress &address) { return socket().getpeername(&address); });
        case tlsbench_Call_share_tag: return share(what.share);
        case tlsbench_Call_same_tag: return share(what.same);
        default: break;
    }
    if (kind.tls) {
        tls_call(*kind.tls);
    } else {
        timed([] { return NSAPI_ERROR_UNSUPPORTED; });
    }
}

void make_call(uint32_t id, const tlsbench_Call &call, const Uses &uses, SocketTable &sockets, uint8_t *buffer,
               Outcome &outcome)
{
    CallMaker(id, call, uses, sockets, buffer, outcome).make();
}

void fill_reply(const Outcome &outcome, const uint8_t *buffer, tlsbench_Reply &reply)
{
    strlcpy(reply.error, outcome.refusal.text, sizeof reply.error);
    reply.result = outcome.result;
    reply.started_us = outcome.started_us;
    reply.finished_us = outcome.finished_us;
    reply.tls_error = outcome.tls_error;
    reply.verify_flags = outcome.verify_flags;
    reply.which_body = outcome.body;
    switch (outcome.body) {
        case tlsbench_Reply_data_tag: {
            tlsbench_Data &data = reply.body.data;
            data.data.size = pb_size_t(outcome.data_length);
            memcpy(data.data.bytes, buffer, outcome.data_length);
            data.has_sender = outcome.address.address[0] != 0;
            data.sender = outcome.address;
            break;
        }
        case tlsbench_Reply_address_tag: reply.body.address = outcome.address; break;
        case tlsbench_Reply_transfer_tag: reply.body.transfer = outcome.transfer; break;
    }
}

} // namespace tlsbench::agent
