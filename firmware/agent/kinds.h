/*
 * The kinds of socket that the agent can create by name. Another kind is one class with the socket's methods and one
 * line before agent::run(), for a class with TLSSocket's methods:
 *     add_kind(tls_socket_kind<MySocket>("mine"));
 */
#pragma once

#include "agent.pb.h"

#include "netsocket/InternetSocket.h"
#include "netsocket/NetworkInterface.h"
#include "netsocket/Socket.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace tlsbench::agent {

/// What a socket is created with.
struct Creation {
    Socket *transport;    ///< the socket below, or null
    const char *hostname; ///< or null
    int mode;             ///< TLSSocketWrapper::control_transport, or tlsbench_TransportMode_TRANSPORT_DEFAULT
};

/// What a TLS socket can do beyond Socket.
struct TlsCalls {
    nsapi_error_t (*set_root_ca_cert)(Socket &, const void *, size_t);
    nsapi_error_t (*set_root_ca_cert_pem)(Socket &, const char *);
    nsapi_error_t (*set_client_cert_key)(Socket &, const void *, size_t, const void *, size_t);
    nsapi_error_t (*set_client_cert_key_pem)(Socket &, const char *, const char *);
    nsapi_error_t (*set_hostname)(Socket &, const char *);
    int (*last_error)(Socket &);
    uint32_t (*verify_flags)(Socket &);
    // Null: unsupported.
    nsapi_error_t (*append_root_ca_cert)(Socket &, const void *, size_t) = nullptr;
    nsapi_error_t (*append_root_ca_cert_pem)(Socket &, const char *) = nullptr;
    nsapi_error_t (*connect)(Socket &) = nullptr; ///< the handshake on a transport that is connected already
    nsapi_error_t (*set_handshake_timeouts)(Socket &, uint32_t first_ms, uint32_t last_ms) = nullptr;
    nsapi_error_t (*set_mtu)(Socket &, uint16_t bytes) = nullptr;
};

struct Kind {
    const char *name = nullptr;
    uint32_t object_bytes = 0;
    bool wraps = false; ///< lies upon another socket
    Socket *(*create)(const Creation &) = nullptr;
    nsapi_error_t (*open)(Socket &, NetworkInterface &) = nullptr;                      ///< null: unsupported
    nsapi_error_t (*connect_host)(Socket &, const char *host, uint16_t port) = nullptr; ///< null: unsupported
    const TlsCalls *tls = nullptr;                                                      ///< null: no TLS
    void *(*get_part)(Socket &, tlsbench_Share_Part) = nullptr;                         ///< null: no TLSSocketWrapper
    nsapi_error_t (*set_part)(Socket &, tlsbench_Share_Part, void *) = nullptr; ///< with what get_part() gave, or null
};

/// For a class with the methods that a TLSSocket has, whoever does its TLS.
template <typename T>
constexpr TlsCalls secure_calls = {
    [](Socket &s, const void *ca, size_t n) { return static_cast<T &>(s).set_root_ca_cert(ca, n); },
    [](Socket &s, const char *ca) { return static_cast<T &>(s).set_root_ca_cert(ca); },
    [](Socket &s, const void *cert, size_t n, const void *key, size_t m) {
        return static_cast<T &>(s).set_client_cert_key(cert, n, key, m);
    },
    [](Socket &s, const char *cert, const char *key) { return static_cast<T &>(s).set_client_cert_key(cert, key); },
    [](Socket &s, const char *name) -> nsapi_error_t {
        if constexpr (std::is_void_v<decltype(static_cast<T &>(s).set_hostname(name))>) {
            static_cast<T &>(s).set_hostname(name);
            return NSAPI_ERROR_OK;
        } else {
            return static_cast<T &>(s).set_hostname(name);
        }
    },
    [](Socket &s) { return static_cast<T &>(s).get_last_tls_error(); },
    [](Socket &s) { return static_cast<T &>(s).get_verify_flags(); },
};

/// For a class with TLSSocket's methods.
template <typename T> Kind tls_socket_kind(const char *name)
{
    Kind kind;
    kind.name = name;
    kind.object_bytes = sizeof(T);
    kind.create = [](const Creation &) -> Socket * { return new (std::nothrow) T; };
    kind.open = [](Socket &s, NetworkInterface &network) { return static_cast<T &>(s).open(&network); };
    kind.connect_host = [](Socket &s, const char *host, uint16_t port) {
        return static_cast<T &>(s).connect(host, port);
    };
    kind.tls = &secure_calls<T>;
    return kind;
}

/// Let `create` know a kind. Before agent::run().
void add_kind(const Kind &kind);

/// The kind of that name, or null.
const Kind *find_kind(const char *name);

size_t kind_count();
const Kind &kind_at(size_t index);

/// The kinds of this image: tcp, udp; with TLS built in tls and tls-wrapper, with TLS that the network does tls alone;
/// with DTLS dtls and dtls-wrapper, and with agent.odd-transports odd.
void add_standard_kinds();

} // namespace tlsbench::agent
