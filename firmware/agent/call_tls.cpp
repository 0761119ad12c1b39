#include "blob.h"
#include "call_maker.h"

namespace tlsbench::agent {

namespace {

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

} // namespace

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
            return timed(
                [&] { return tls.set_hostname(socket(), what.set_hostname.null ? nullptr : what.set_hostname.name); });
        case tlsbench_Call_set_handshake_timeouts_tag:
            return timed([&] {
                const tlsbench_HandshakeTimeouts &times = what.set_handshake_timeouts;
                return tls.set_handshake_timeouts ? tls.set_handshake_timeouts(socket(), times.first_ms, times.last_ms)
                                                  : NSAPI_ERROR_UNSUPPORTED;
            });
        case tlsbench_Call_set_mtu_tag:
            return timed([&] {
                return tls.set_mtu ? tls.set_mtu(socket(), uint16_t(what.set_mtu.bytes)) : NSAPI_ERROR_UNSUPPORTED;
            });
        default: _out.refusal.say("there is no call %u", unsigned(_call.which_what));
    }
}

void CallMaker::set_ca(const tlsbench_Certificate &certificate, nsapi_error_t (*set)(Socket &, const void *, size_t),
                       nsapi_error_t (*set_pem)(Socket &, const char *))
{
    bool string = is_string(certificate.range, certificate.form, _out.refusal);
    if (!_out.refusal) {
        timed([&]() -> nsapi_error_t {
            if (!set) {
                return NSAPI_ERROR_UNSUPPORTED;
            }
            return string ? set_pem(socket(), blob_string(certificate.range))
                          : set(socket(), blob_at(certificate.range), certificate.range.length);
        });
    }
}

void CallMaker::share(const tlsbench_Share &how)
{
    const Kind &kind = *_uses.socket->kind;
    const NamedSocket *other = _uses.other;
    if (!kind.set_part || (other && !other->kind->get_part)) {
        _out.refusal.say("socket \"%s\" has nothing to share", kind.set_part ? other->name : _uses.socket->name);
        return;
    }
    timed([&]() -> nsapi_error_t {
        void *part = other ? other->kind->get_part(*other->socket, how.part) : nullptr;
        return _call.which_what == tlsbench_Call_same_tag ? kind.get_part(socket(), how.part) == part
                                                          : kind.set_part(socket(), how.part, part);
    });
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

} // namespace tlsbench::agent
