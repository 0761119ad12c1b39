// From connect() to close(): reuse, what is left on the heap, wrong order, the ways to end.
#include "checks.h"

#include "mbedtls/x509.h"

#include <thread>

using namespace std::chrono_literals;

void reconnect(int)
{
    Pair pair;
    for (int i = 0; i < 3; ++i) {
        pair.tls.set_hostname(HOST);
        connect(pair.tls);
        echo(pair.tls, 20000);
        EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
        EQUAL(stand_in::blocks(), 0u);
        pair.tcp.open();
    }
}

void every_allocation(int)
{
    long refused = 0;
    // Each of the first ones, and then of every magnitude some: there are tens of thousands.
    for (long count = 0;; count += 1 + count / 16) {
        Pair pair;
        stand_in::refuse_allocation(count);
        nsapi_error_t ret = pair.tls.set_root_ca_cert(root().c_str());
        if (ret == NSAPI_ERROR_OK) {
            ret = pair.tls.connect(peer());
        }
        stand_in::refuse_allocation(stand_in::has_refused() ? (++refused, -1) : -1);
        if (ret == NSAPI_ERROR_OK) {
            break;
        }
        EQUAL(ret, NSAPI_ERROR_NO_MEMORY);
        pair.tls.close();
        EQUAL(stand_in::blocks(), 0u);
    }
    CHECK(refused > 50);
}

void close_wakes(int)
{
    Pair pair;
    connect(pair.tls);
    std::thread closer([&] {
        std::this_thread::sleep_for(200ms);
        EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
    });
    char byte;
    uint64_t start = now_ms();
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_NO_SOCKET);
    CHECK(now_ms() - start < late_ms);
    closer.join();
    EQUAL(stand_in::blocks(), 0u);
}

void wrong_order(int)
{
    char byte = 0;
    SocketAddress address;
    HostSocket tcp;
    TLSSocketWrapper tls(&tcp);
    EQUAL(tls.send(&byte, 1), NSAPI_ERROR_NO_CONNECTION);
    EQUAL(tls.recv(&byte, 1), NSAPI_ERROR_NO_CONNECTION);
    EQUAL(tls.getpeername(&address), NSAPI_ERROR_NO_CONNECTION);
    EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(tls.connect(peer()), NSAPI_ERROR_PARAMETER); // nothing was said about the name
    EQUAL(tcp.connects, 0);
    tls.set_hostname(nullptr); // now there was
    EQUAL(tls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(tls.connect(peer()), NSAPI_ERROR_IS_CONNECTED);
    EQUAL(tls.getpeername(&address), NSAPI_ERROR_OK);
    CHECK(address == peer());
    EQUAL(tls.send(nullptr, 1), NSAPI_ERROR_PARAMETER);
    EQUAL(tls.send(&byte, 0), 0);
    EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(tls.close(), NSAPI_ERROR_OK);
    EQUAL(tls.close(), NSAPI_ERROR_NO_SOCKET);
    EQUAL(tls.send(&byte, 1), NSAPI_ERROR_NO_SOCKET);
    EQUAL(tls.recv(&byte, 1), NSAPI_ERROR_NO_SOCKET);
    EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK); // freed by the destructor
    EQUAL(TLSSocketWrapper(nullptr, HOST).connect(peer()), NSAPI_ERROR_NO_SOCKET);
}

void refused(int expected)
{
    Pair pair;
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    stand_in::set_clock(expected != (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE));
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(pair.tls.get_verify_flags(), expected);
    CHECK(pair.tls.get_last_tls_error() != 0);
    EQUAL(pair.tls.send("x", 1), NSAPI_ERROR_NO_CONNECTION);
}

void ends(int expected)
{
    Pair pair;
    connect(pair.tls);
    echo(pair.tls, 10);
    char byte;
    EQUAL(pair.tls.recv(&byte, 1), expected);
    EQUAL(pair.tls.recv(&byte, 1), expected); // and stays so
}
