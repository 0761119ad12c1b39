#include "kinds.h"

#include "capacity.h"

#if MBED_CONF_AGENT_ODD_TRANSPORTS
#include "odd_socket.h"
#endif

#include "netsocket/TCPSocket.h"
#include "netsocket/UDPSocket.h"
#include "platform/mbed_assert.h"
#if MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
#include "netsocket/TLSSocket.h"
#elif MBED_CONF_TLS_SOCKET_ENABLE
#include "netsocket/TLSSocket.h"
#include "netsocket/TLSSocketWrapper.h"
#endif
#if MBED_CONF_DTLS_SOCKET_ENABLE
#include "netsocket/DTLSSocket.h"
#include "netsocket/DTLSSocketWrapper.h"
#endif

#include <cstring>

namespace tlsbench::agent {

namespace {

Kind kinds[kKinds];
size_t count;

/// For TCPSocket and UDPSocket.
template <typename T> Kind plain(const char *name)
{
    Kind kind;
    kind.name = name;
    kind.object_bytes = sizeof(T);
    kind.create = [](const Creation &) -> Socket * { return new (std::nothrow) T; };
    kind.open = [](Socket &s, NetworkInterface &network) { return static_cast<T &>(s).open(&network); };
    // They have no connect() by name: an application resolves it first, as here.
    kind.connect_host = [](Socket &s, const char *host, uint16_t port) -> nsapi_error_t {
        SocketAddress address;
        nsapi_error_t error = NetworkInterface::get_default_instance()->gethostbyname(host, &address);
        address.set_port(port);
        return error == NSAPI_ERROR_OK ? s.connect(address) : error;
    };
    return kind;
}

#if MBED_CONF_TLS_SOCKET_ENABLE && !MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
/// For a class with TLSSocketWrapper's methods.
template <typename T>
constexpr TlsCalls tls_calls = [] {
    TlsCalls calls = secure_calls<T>;
    calls.append_root_ca_cert = [](Socket &s, const void *ca, size_t n) {
        return static_cast<T &>(s).append_root_ca_cert(ca, n);
    };
    calls.append_root_ca_cert_pem = [](Socket &s, const char *ca) {
        return static_cast<T &>(s).append_root_ca_cert(ca);
    };
    calls.connect = [](Socket &s) { return static_cast<T &>(s).connect(); };
    return calls;
}();

void *get_part(Socket &socket, tlsbench_Share_Part part)
{
    auto &tls = static_cast<TLSSocketWrapper &>(socket);
    switch (part) {
        case tlsbench_Share_Part_OWN_CERT: return tls.get_own_cert();
        case tlsbench_Share_Part_CA_CHAIN: return tls.get_ca_chain();
        case tlsbench_Share_Part_SSL_CONFIG: return tls.get_ssl_config();
        default: return tls.get_ssl_context();
    }
}

nsapi_error_t set_part(Socket &socket, tlsbench_Share_Part part, void *value)
{
    auto &tls = static_cast<TLSSocketWrapper &>(socket);
    switch (part) {
        case tlsbench_Share_Part_OWN_CERT: return tls.set_own_cert(static_cast<mbedtls_x509_crt *>(value));
        case tlsbench_Share_Part_CA_CHAIN: tls.set_ca_chain(static_cast<mbedtls_x509_crt *>(value)); break;
        case tlsbench_Share_Part_SSL_CONFIG: tls.set_ssl_config(static_cast<mbedtls_ssl_config *>(value)); break;
        default: return NSAPI_ERROR_UNSUPPORTED;
    }
    return NSAPI_ERROR_OK;
}

/// For a class that derives from TLSSocketWrapper.
template <typename T> Kind wrapping(Kind kind)
{
    kind.tls = &tls_calls<T>;
    kind.get_part = get_part;
    kind.set_part = set_part;
    return kind;
}

template <typename T> Kind tls_wrapper(const char *name)
{
    Kind kind;
    kind.name = name;
    kind.object_bytes = sizeof(T);
    kind.wraps = true;
    kind.create = [](const Creation &with) -> Socket * {
        return with.mode == tlsbench_TransportMode_TRANSPORT_DEFAULT
                   ? new (std::nothrow) T(with.transport, with.hostname)
                   : new (std::nothrow)
                         T(with.transport, with.hostname, TLSSocketWrapper::control_transport(with.mode));
    };
    return wrapping<T>(kind);
}
#endif

#if MBED_CONF_DTLS_SOCKET_ENABLE
/// For a class with DTLSSocketWrapper's methods.
template <typename T>
constexpr TlsCalls dtls_calls = [] {
    TlsCalls calls = tls_calls<T>;
    calls.set_handshake_timeouts = [](Socket &s, uint32_t first_ms, uint32_t last_ms) {
        return static_cast<T &>(s).set_handshake_timeouts(first_ms, last_ms);
    };
    calls.set_mtu = [](Socket &s, uint16_t bytes) { return static_cast<T &>(s).set_mtu(bytes); };
    return calls;
}();

template <typename T> Kind over_datagrams(Kind kind)
{
    kind.tls = &dtls_calls<T>;
    return kind;
}
#endif

#if MBED_CONF_AGENT_ODD_TRANSPORTS
Kind odd()
{
    Kind kind;
    kind.name = "odd";
    kind.object_bytes = sizeof(OddSocket);
    kind.wraps = true;
    kind.create = [](const Creation &with) -> Socket * { return new (std::nothrow) OddSocket(with.transport); };
    return kind;
}
#endif

} // namespace

void add_kind(const Kind &kind)
{
    MBED_ASSERT(count < kKinds && strlen(kind.name) < kNameBytes);
    kinds[count++] = kind;
}

const Kind *find_kind(const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return nullptr;
}

size_t kind_count()
{
    return count;
}

const Kind &kind_at(size_t index)
{
    return kinds[index];
}

void add_standard_kinds()
{
    add_kind(plain<TCPSocket>("tcp"));
    add_kind(plain<UDPSocket>("udp"));
#if MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
    add_kind(tls_socket_kind<TLSSocket>("tls"));
#elif MBED_CONF_TLS_SOCKET_ENABLE
    add_kind(wrapping<TLSSocket>(tls_socket_kind<TLSSocket>("tls")));
    add_kind(tls_wrapper<TLSSocketWrapper>("tls-wrapper"));
#endif
#if MBED_CONF_DTLS_SOCKET_ENABLE
    add_kind(over_datagrams<DTLSSocket>(wrapping<DTLSSocket>(tls_socket_kind<DTLSSocket>("dtls"))));
    add_kind(over_datagrams<DTLSSocketWrapper>(tls_wrapper<DTLSSocketWrapper>("dtls-wrapper")));
#endif
#if MBED_CONF_AGENT_ODD_TRANSPORTS
    add_kind(odd());
#endif
}

} // namespace tlsbench::agent
