// What the secure socket refuses at once, and what it must be able to go on after.
#include "checks.h"

namespace {

/// Has no network to look up a host in.
struct Nowhere : TLSSocketWrapper {
    using TLSSocketWrapper::TLSSocketWrapper;
    nsapi_error_t connect_by_name() { return connect_to(HOST, SocketAddress()); }
};

} // namespace

void refusals(int)
{
    {
        Pair pair;
        const std::string cert = root();
        EQUAL(pair.tls.set_client_cert_key(cert.data(), cert.size() + 1, nullptr, 0), NSAPI_ERROR_PARAMETER);
        EQUAL(pair.tls.set_root_ca_cert(nullptr, 0), NSAPI_ERROR_PARAMETER);
        // A socket's own configuration, set again, stays its own.
        mbedtls_ssl_config *own = pair.tls.get_ssl_config();
        pair.tls.set_ssl_config(own);
        EQUAL(pair.tls.get_ssl_config() == own, true);
        connect(pair.tls);
        EQUAL(pair.tls.send(nullptr, 1), NSAPI_ERROR_PARAMETER);
        EQUAL(pair.tls.recv(nullptr, 1), NSAPI_ERROR_PARAMETER);
        echo(pair.tls, 100);
    }
    {
        HostSocket tcp;
        EQUAL(Nowhere(&tcp).connect_by_name(), NSAPI_ERROR_UNSUPPORTED);
        EQUAL(tcp.connects, 0);
    }
    {
        // What needs a transport and has none.
        TLSSocketWrapper nothing(nullptr, HOST);
        SocketAddress address;
        int value = 0;
        unsigned size = sizeof value;
        nothing.set_blocking(false);
        nothing.sigio(nullptr);
        EQUAL(nothing.bind(address), NSAPI_ERROR_NO_SOCKET);
        EQUAL(nothing.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, size), NSAPI_ERROR_NO_SOCKET);
        EQUAL(nothing.getsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, &size), NSAPI_ERROR_NO_SOCKET);
        EQUAL(nothing.getpeername(&address), NSAPI_ERROR_NO_SOCKET);
        EQUAL(nothing.connect(peer()), NSAPI_ERROR_NO_SOCKET);
        EQUAL(nothing.close(), NSAPI_ERROR_NO_SOCKET);
        CHECK(!nothing.accept(nullptr));
    }
    {
        Pair pair;
        stand_in::refuse_allocation(0); // of the configuration, which nothing that was set has made yet
        EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_NO_MEMORY);
        stand_in::refuse_allocation(-1);
    }
    // A name that could not be kept is not forgotten: nothing is checked for another name, or for none.
    Pair pair;
    stand_in::refuse_allocation(0);
    pair.tls.set_hostname("another.test");
    stand_in::refuse_allocation(-1);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_NO_MEMORY);
    pair.tls.set_hostname(HOST);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);
}
