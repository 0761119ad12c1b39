#include "call.h"

#include "blob.h"
#include "pattern.h"

#include "netsocket/NetworkInterface.h"
#include "platform/clock.h"
#include "platform/mbed_assert.h"
#include "platform/mbed_critical.h"
#include "platform/probe.h"

#include <cstring>

namespace tlsbench::agent {

namespace {

void put_text(const SocketAddress &from, char (&text)[sizeof(tlsbench_Address::address)])
{
    if (const char *address = from.get_ip_address()) {
        strcpy(text, address);
    }
}

/// One call under way. Small frames: what this needs lies on the stack below the TLS handshake.
class CallMaker {
public:
    CallMaker(uint32_t id, const tlsbench_Call &call, const Uses &uses, SocketTable &sockets, uint8_t *buffer,
              Outcome &outcome)
        : _id(id), _call(call), _uses(uses), _sockets(sockets), _buffer(buffer), _out(outcome)
    {
    }

    void make();

private:
    /// The one bracket around the API: what the clock and the emulator's probe measure.
    template <typename F> void timed(F call)
    {
        _out.started_us = uptime_us();
        probe_call_begin(_id);
        _out.result = call();
        probe_call_end(_id);
        _out.finished_us = uptime_us();
    }

    /// The same for calls that give an address.
    template <typename F> void addressed(F call)
    {
        SocketAddress address;
        timed([&] { return call(address); });
        put_text(address, _out.address.address);
        _out.address.port = address.get_port();
        _out.body = tlsbench_Reply_address_tag;
    }

    void interface_call();
    void network_up();
    void socket_call();
    void create();
    void accept();
    void delete_socket();
    void close();
    void receive(bool from);
    void send_pattern();
    void recv_pattern();
    void tls_call(const TlsCalls &tls);
    void set_ca(const tlsbench_Certificate &certificate, nsapi_error_t (*set)(Socket &, const void *, size_t),
                nsapi_error_t (*set_pem)(Socket &, const char *));
    void set_client_cert_key(const TlsCalls &tls);
    bool is_address(const char *text);
    Socket &socket() { return *_uses.socket->socket; }

    const uint32_t _id;
    const tlsbench_Call &_call;
    const Uses &_uses;
    SocketTable &_sockets;
    uint8_t *const _buffer;
    Outcome &_out;
};

/// A frame of few words, so that it cannot step over the guard at the end of the stack.
__attribute__((noinline)) void overflow_stack(volatile uint32_t *deeper)
{
    volatile uint32_t depth = *deeper + 1;
    if (depth != 0) {
        overflow_stack(&depth);
    }
    depth = 0; // not the last thing done: no tail call
}

void stop(tlsbench_Fault_Kind kind)
{
    volatile uint32_t depth = 0;
    switch (kind) {
        case tlsbench_Fault_Kind_ASSERT: MBED_ASSERT(!"asked for by the host"); break;
        case tlsbench_Fault_Kind_STACK_OVERFLOW: overflow_stack(&depth); break;
        case tlsbench_Fault_Kind_HANG:
            core_util_critical_section_enter();
            for (;;) {
            }
        case tlsbench_Fault_Kind_HARD_FAULT:
            // With interrupts off an undefined instruction has no handler of its own and becomes a hard fault.
            core_util_critical_section_enter();
            __builtin_trap();
    }
}

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

void CallMaker::interface_call()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    switch (_call.which_what) {
        case tlsbench_Call_network_up_tag: network_up(); break;
        case tlsbench_Call_network_down_tag: timed([&] { return network->disconnect(); }); break;
        case tlsbench_Call_resolve_tag:
            addressed(
                [&](SocketAddress &address) { return network->gethostbyname(_call.what.resolve.host, &address); });
            break;
        case tlsbench_Call_fault_tag: stop(_call.what.fault.kind); break;
    }
}

bool CallMaker::is_address(const char *text)
{
    if (!SocketAddress().set_ip_address(text)) {
        _out.refusal.say("\"%s\" is no IP address", text);
        return false;
    }
    return true;
}

void CallMaker::network_up()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    const tlsbench_NetworkUp &how = _call.what.network_up;
    if (!how.dhcp) {
        for (const char *text : {how.address, how.netmask, how.gateway, how.dns}) {
            if (text[0] && !is_address(text)) {
                return;
            }
        }
    }
    timed([&] {
        nsapi_error_t error = how.dhcp ? network->set_dhcp(true)
                                       : network->set_network(SocketAddress(how.address), SocketAddress(how.netmask),
                                                              SocketAddress(how.gateway));
        if (error == NSAPI_ERROR_OK && how.dns[0]) {
            error = network->add_dns_server(SocketAddress(how.dns));
        }
        return error == NSAPI_ERROR_OK ? network->connect() : error;
    });
    SocketAddress place;
    network->get_ip_address(&place);
    put_text(place, _out.address.address);
    network->get_netmask(&place);
    put_text(place, _out.address.netmask);
    network->get_gateway(&place);
    put_text(place, _out.address.gateway);
    _out.body = tlsbench_Reply_address_tag;
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
        _uses.accepted->deletes_itself = true;
        _sockets.set_object(_uses.accepted, made);
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

void CallMaker::receive(bool from)
{
    uint32_t size = from ? _call.what.recvfrom.size : _call.what.recv.size;
    if (size > kDataBytes) {
        _out.refusal.say("%u bytes of one recv; at most %u go through the link", unsigned(size), unsigned(kDataBytes));
        return;
    }
    if (from) {
        addressed([&](SocketAddress &address) { return socket().recvfrom(&address, _buffer, size); });
    } else {
        timed([&] { return socket().recv(_buffer, size); });
    }
    _out.data_length = _out.result > 0 ? uint32_t(_out.result) : 0;
    _out.body = tlsbench_Reply_data_tag;
}

/// Bytes of one send or recv of pattern data, at `done` of its length.
uint32_t chunk_at(const tlsbench_Pattern &pattern, uint32_t done)
{
    uint32_t most = pattern.chunk ? pattern.chunk : kBufferBytes;
    return pattern.length - done < most ? pattern.length - done : most;
}

bool fits_buffer(const tlsbench_Pattern &pattern, Refusal &refusal)
{
    if (pattern.chunk > kBufferBytes) {
        refusal.say("chunks of %u bytes; at most %u fit a worker's buffer", unsigned(pattern.chunk),
                    unsigned(kBufferBytes));
    }
    return pattern.chunk <= kBufferBytes;
}

void CallMaker::send_pattern()
{
    const tlsbench_Pattern &pattern = _call.what.send_pattern;
    tlsbench_Transfer &transfer = _out.transfer;
    if (!fits_buffer(pattern, _out.refusal)) {
        return;
    }
    _out.body = tlsbench_Reply_transfer_tag;
    timed([&]() -> nsapi_size_or_error_t {
        while (transfer.bytes < pattern.length) {
            uint32_t chunk = chunk_at(pattern, transfer.bytes);
            for (uint32_t i = 0; i < chunk; i++) {
                _buffer[i] = pattern_byte(pattern.offset + transfer.bytes + i, pattern.seed);
            }
            nsapi_size_or_error_t sent = socket().send(_buffer, chunk);
            if (sent < 0) {
                return sent;
            }
            transfer.bytes += uint32_t(sent);
            transfer.calls++;
        }
        return nsapi_size_or_error_t(transfer.bytes);
    });
}

void CallMaker::recv_pattern()
{
    const tlsbench_Pattern &pattern = _call.what.recv_pattern;
    tlsbench_Transfer &transfer = _out.transfer;
    if (!fits_buffer(pattern, _out.refusal)) {
        return;
    }
    _out.body = tlsbench_Reply_transfer_tag;
    timed([&]() -> nsapi_size_or_error_t {
        while (transfer.bytes < pattern.length) {
            nsapi_size_or_error_t got = socket().recv(_buffer, chunk_at(pattern, transfer.bytes));
            if (got < 0) {
                return got;
            }
            transfer.calls++;
            for (nsapi_size_or_error_t i = 0; i < got; i++, transfer.bytes++) {
                uint8_t right = pattern_byte(pattern.offset + transfer.bytes, pattern.seed);
                if (_buffer[i] != right) {
                    transfer.wrong = true;
                    transfer.wrong_offset = pattern.offset + transfer.bytes;
                    transfer.wrong_byte = _buffer[i];
                    transfer.right_byte = right;
                    return nsapi_size_or_error_t(transfer.bytes);
                }
            }
            if (got == 0) {
                break; // the peer has ended the stream
            }
        }
        return nsapi_size_or_error_t(transfer.bytes);
    });
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
                return timed([&] { return kind.tls->connect(socket()); });
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
        case tlsbench_Call_sendto_tag:
            return timed([&] {
                return socket().sendto(SocketAddress(what.sendto.to.host, uint16_t(what.sendto.to.port)),
                                       what.sendto.data.bytes, what.sendto.data.size);
            });
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
        case tlsbench_Call_setsockopt_tag:
            return timed([&] {
                return socket().setsockopt(what.setsockopt.level, what.setsockopt.name, what.setsockopt.value.bytes,
                                           what.setsockopt.value.size);
            });
        case tlsbench_Call_getsockopt_tag: {
            unsigned length = what.getsockopt.length < kDataBytes ? what.getsockopt.length : kDataBytes;
            timed([&] { return socket().getsockopt(what.getsockopt.level, what.getsockopt.name, _buffer, &length); });
            _out.data_length = _out.result == NSAPI_ERROR_OK && length <= kDataBytes ? length : 0;
            _out.body = tlsbench_Reply_data_tag;
            return;
        }
        case tlsbench_Call_getpeername_tag:
            return addressed([&](SocketAddress &address) { return socket().getpeername(&address); });
        default: break;
    }
    if (kind.tls) {
        tls_call(*kind.tls);
    } else {
        timed([] { return NSAPI_ERROR_UNSUPPORTED; });
    }
}

void CallMaker::tls_call(const TlsCalls &tls)
{
    const auto &what = _call.what;
    switch (_call.which_what) {
        case tlsbench_Call_set_root_ca_cert_tag:
            return set_ca(what.set_root_ca_cert, tls.set_root_ca_cert, tls.set_root_ca_cert_pem);
        case tlsbench_Call_append_root_ca_cert_tag:
            return set_ca(what.append_root_ca_cert, tls.append_root_ca_cert, tls.append_root_ca_cert_pem);
        case tlsbench_Call_set_client_cert_key_tag: return set_client_cert_key(tls);
        case tlsbench_Call_set_hostname_tag:
            return timed([&] {
                tls.set_hostname(socket(), what.set_hostname.null ? nullptr : what.set_hostname.name);
                return NSAPI_ERROR_OK;
            });
        default: _out.refusal.say("there is no call %u", unsigned(_call.which_what));
    }
}

bool is_string(const tlsbench_Range &range, tlsbench_Form form, Refusal &refusal)
{
    if (!blob_at(range)) {
        refusal.say("bytes %u to %u go beyond the %u of the blob area", unsigned(range.offset),
                    unsigned(range.offset + range.length), unsigned(kBlobBytes));
    } else if (form == tlsbench_Form_STRING && !blob_string(range)) {
        refusal.say("no zero byte ends the string at %u in the blob area", unsigned(range.offset));
    }
    return form == tlsbench_Form_STRING;
}

void CallMaker::set_ca(const tlsbench_Certificate &certificate, nsapi_error_t (*set)(Socket &, const void *, size_t),
                       nsapi_error_t (*set_pem)(Socket &, const char *))
{
    bool string = is_string(certificate.range, certificate.form, _out.refusal);
    if (!_out.refusal) {
        timed([&] {
            return string ? set_pem(socket(), blob_string(certificate.range))
                          : set(socket(), blob_at(certificate.range), certificate.range.length);
        });
    }
}

void CallMaker::set_client_cert_key(const TlsCalls &tls)
{
    const tlsbench_ClientCertificate &client = _call.what.set_client_cert_key;
    bool string = is_string(client.certificate, client.form, _out.refusal);
    if (!_out.refusal) {
        is_string(client.key, client.form, _out.refusal);
    }
    if (_out.refusal) {
        return;
    }
    timed([&] {
        return string ? tls.set_client_cert_key_pem(socket(), blob_string(client.certificate), blob_string(client.key))
                      : tls.set_client_cert_key(socket(), blob_at(client.certificate), client.certificate.length,
                                                blob_at(client.key), client.key.length);
    });
}

} // namespace

void make_call(uint32_t id, const tlsbench_Call &call, const Uses &uses, SocketTable &sockets, uint8_t *buffer,
               Outcome &outcome)
{
    CallMaker(id, call, uses, sockets, buffer, outcome).make();
}

void fill_reply(const Outcome &outcome, const uint8_t *buffer, tlsbench_Reply &reply)
{
    strcpy(reply.error, outcome.refusal.text);
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
