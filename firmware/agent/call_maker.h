/* The calls, by topic: call.cpp (the socket's life and options), call_data.cpp, call_tls.cpp, call_network.cpp. */
#pragma once

#include "call.h"

#include "netsocket/SocketAddress.h"
#include "platform/clock.h"
#include "platform/probe.h"

namespace tlsbench::agent {

/// An address as text; empty if it is none.
void put_text(const SocketAddress &from, char (&text)[sizeof(tlsbench_Address::address)]);

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
    void sendto(const tlsbench_SendTo &how);
    void send_pattern();
    void recv_pattern();
    void tls_call(const TlsCalls &tls);
    void set_ca(const tlsbench_Certificate &certificate, nsapi_error_t (*set)(Socket &, const void *, size_t),
                nsapi_error_t (*set_pem)(Socket &, const char *));
    void set_client_cert_key(const TlsCalls &tls);
    void set_option(const tlsbench_Option &option);
    void share(const tlsbench_Share &how);
    bool is_address(const char *text);
    Socket &socket() { return *_uses.socket->socket; }

    const uint32_t _id;
    const tlsbench_Call &_call;
    const Uses &_uses;
    SocketTable &_sockets;
    uint8_t *const _buffer;
    Outcome &_out;
};

} // namespace tlsbench::agent
