// Over what transport, in which mode, for how long.
#include "checks.h"

#include "netsocket/tls/errors.h"

#include <atomic>
#include <future>
#include <thread>

using namespace std::chrono_literals;

void awkward_transport(int piece)
{
    Pair pair;
    pair.tcp.halting = true;
    pair.tcp.piece = nsapi_size_t(piece);
    connect(pair.tls);
    echo(pair.tls, 2000); // more than a record
    pair.tls.set_blocking(false);
    echo(pair.tls, 2000);
}

void nested(int)
{
    Pair outer;
    TLSSocketWrapper inner(&outer.tls, HOST);
    EQUAL(outer.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    connect(inner);
    echo(inner, 5000);
}

void nested_setter(int)
{
    // Another thread has the lock of the transport time and again, and each time waits for the handshake's step.
    const std::string pem = root();
    for (int i = 0; i < 5; ++i) {
        Pair outer;
        TLSSocketWrapper inner(&outer.tls, HOST);
        connect(outer.tls);
        EQUAL(inner.set_root_ca_cert(pem.c_str()), NSAPI_ERROR_OK);
        std::atomic<bool> done{false};
        std::thread setter([&] {
            while (!done) {
                EQUAL(outer.tls.set_root_ca_cert(pem.c_str()), NSAPI_ERROR_OK);
                std::this_thread::sleep_for(200us);
            }
        });
        EQUAL(inner.connect(), NSAPI_ERROR_OK);
        done = true;
        setter.join();
    }
}

void nested_close(int)
{
    for (int i = 0; i < 12; ++i) {
        Pair outer;
        TLSSocketWrapper inner(&outer.tls, HOST);
        connect(outer.tls);
        EQUAL(inner.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
        std::thread closer([&] {
            std::this_thread::sleep_for(5ms * i); // anywhere in the handshake
            EQUAL(outer.tls.close(), NSAPI_ERROR_OK);
        });
        nsapi_error_t ret = inner.connect();
        // A transport that was closed before this began has lost its name, too.
        CHECK(ret == NSAPI_ERROR_OK || ret == NSAPI_ERROR_NO_SOCKET || ret == NSAPI_ERROR_PARAMETER);
        closer.join();
    }
}

void modes(int)
{
    // A connection that is there already is secured, and lives on.
    HostSocket tcp;
    EQUAL(tcp.connect(peer()), NSAPI_ERROR_OK);
    {
        TLSSocketWrapper tls(&tcp, HOST, TLSSocketWrapper::TRANSPORT_KEEP);
        tls.set_timeout(5000);
        EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
        EQUAL(tls.connect(), NSAPI_ERROR_OK);
        echo(tls, 100);
    }
    EQUAL(tcp.connects, 1);
    EQUAL(tcp.closes, 0);
    EQUAL(tcp.timeout, 5000);
    CHECK(!tcp.callback); // nothing calls an object that is gone

    // The others, also when the handshake fails for want of trust.
    const TLSSocketWrapper::control_transport connecting[] = {TLSSocketWrapper::TRANSPORT_CONNECT,
                                                              TLSSocketWrapper::TRANSPORT_CONNECT_AND_CLOSE};
    for (auto mode : connecting) {
        Pair pair(mode);
        EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
        CHECK(pair.tcp.connects > 0);
        EQUAL(pair.tcp.closes, 0);
        pair.tls.close();
        EQUAL(pair.tcp.closes, mode == TLSSocketWrapper::TRANSPORT_CONNECT ? 0 : 1);
    }
    Pair pair(TLSSocketWrapper::TRANSPORT_CLOSE);
    EQUAL(pair.tcp.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(), NSAPI_ERROR_OK);
    pair.tls.close();
    EQUAL(pair.tcp.connects, 1);
    EQUAL(pair.tcp.closes, 1);
}

void passes_on(int)
{
    Pair pair;
    int value = 0;
    unsigned size = sizeof value;
    EQUAL(pair.tls.bind(peer()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, size), NSAPI_ERROR_OK);
    EQUAL(pair.tls.getsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, &size), NSAPI_ERROR_OK);
    EQUAL(pair.tcp.options, 3);
    pair.tls.set_timeout(1234);
    EQUAL(pair.tcp.timeout, 1234);
    pair.tls.set_blocking(false);
    EQUAL(pair.tcp.timeout, 0);
    int calls = 0;
    pair.tls.sigio([&calls] { ++calls; });
    pair.tcp.callback();
    EQUAL(calls, 1);
    nsapi_error_t error = NSAPI_ERROR_OK;
    CHECK(!pair.tls.accept(&error));
    EQUAL(error, NSAPI_ERROR_UNSUPPORTED);
    EQUAL(pair.tls.listen(1), NSAPI_ERROR_UNSUPPORTED);

    // connect() blocks nevertheless; then the socket is non-blocking as set, and still calls.
    connect(pair.tls);
    EQUAL(pair.tcp.timeout, 0);
    char byte;
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK);
    pair.tcp.callback();
    EQUAL(calls, 2);

    // An address is ignored, and left as it is.
    SocketAddress address;
    pair.tls.set_timeout(5000);
    EQUAL(pair.tls.sendto(address, "echo", 4), 4);
    EQUAL(pair.tls.recvfrom(&address, &byte, 1), 1); // less than a record keeps the rest
    char rest[8];
    EQUAL(pair.tls.recv(rest, sizeof rest), 3);
    CHECK(!address);
}

void given_up(int)
{
    Pair pair;
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    pair.tls.set_timeout(500);
    uint64_t start = now_ms();
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_CONNECTION_TIMEOUT);
    uint64_t took = now_ms() - start;
    CHECK(took >= 490 && took < late_ms);
    EQUAL(pair.tcp.timeout, 500);
}

void flooded(int)
{
    Pair pair;
    connect(pair.tls);
    // As if the peer encrypted its flood: the warnings are skipped, and there are always more.
    pair.tls.get_ssl_context()->MBEDTLS_PRIVATE(transform_in) = nullptr;
    char byte;
    pair.tls.set_timeout(300);
    uint64_t start = now_ms();
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK);
    CHECK(now_ms() - start >= 290 && now_ms() - start < late_ms);

    // Who waits for sigio hears that there is more.
    int calls = 0;
    pair.tls.sigio([&calls] { ++calls; });
    pair.tls.set_timeout(2 * late_ms);
    pair.tls.set_blocking(false);
    start = now_ms();
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK);
    CHECK(now_ms() - start < late_ms);
    EQUAL(calls, 1);

    pair.tls.set_blocking(true);
    std::thread closer([&] {
        std::this_thread::sleep_for(200ms);
        EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
    });
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_NO_SOCKET);
    closer.join();
}

void close_while_connecting(int)
{
    Pair pair(TLSSocketWrapper::TRANSPORT_CONNECT);
    pair.tcp.stuck = true;
    pair.tls.set_timeout(300);
    uint64_t start = now_ms();
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_CONNECTION_TIMEOUT);
    CHECK(now_ms() - start >= 290 && now_ms() - start < late_ms);
    EQUAL(pair.tcp.timeout, 300);

    pair.tls.set_blocking(true);
    std::thread closer([&] {
        std::this_thread::sleep_for(200ms);
        EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
    });
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_NO_SOCKET);
    closer.join();
    EQUAL(pair.tcp.closes, 0);
}

void close_ends_a_connect_below(int)
{
    // A transport that ends with the socket is closed to get the other thread out of its connect().
    struct Waiting : HostSocket {
        std::promise<void> entered, closed;
        nsapi_error_t connect(const SocketAddress &) override
        {
            entered.set_value();
            closed.get_future().wait();
            return NSAPI_ERROR_NO_SOCKET;
        }
        nsapi_error_t close() override
        {
            closed.set_value();
            return NSAPI_ERROR_DEVICE_ERROR;
        }
    } tcp;
    TLSSocketWrapper tls(&tcp, HOST);
    EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    std::thread closer([&] {
        tcp.entered.get_future().wait();
        EQUAL(tls.close(), NSAPI_ERROR_DEVICE_ERROR); // and only once
    });
    EQUAL(tls.connect(peer()), NSAPI_ERROR_NO_SOCKET);
    closer.join();
    EQUAL(stand_in::blocks(), 0u);
}

void no_answer_lost(int)
{
    // A warning of Mbed TLS's own waits for the window when the application sends: that isn't the application's.
    Pair pair;
    connect(pair.tls);
    pair.tls.set_timeout(200);
    pair.tcp.stuck = true;
    EQUAL(mbedtls_ssl_send_alert_message(pair.tls.get_ssl_context(), MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                         MBEDTLS_SSL_ALERT_MSG_USER_CANCELED),
          MBEDTLS_ERR_SSL_WANT_WRITE);
    EQUAL(pair.tls.send("lost?", 5), NSAPI_ERROR_WOULD_BLOCK);
    pair.tcp.stuck = false;
    EQUAL(pair.tls.send("sent", 4), 4);

    // A record that the answer to a peer has sent on isn't sent again, and a goodbye follows what still waits.
    pair.tcp.stuck = true;
    pair.tls.set_blocking(false);
    EQUAL(pair.tls.send("12345", 5), NSAPI_ERROR_WOULD_BLOCK);
    pair.tcp.stuck = false;
    EQUAL(mbedtls_ssl_send_alert_message(pair.tls.get_ssl_context(), MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                         MBEDTLS_SSL_ALERT_MSG_USER_CANCELED),
          0);
    EQUAL(pair.tls.send("12345", 5), 5);
    pair.tcp.stuck = true;
    EQUAL(pair.tls.send("6789", 4), NSAPI_ERROR_WOULD_BLOCK);
    pair.tcp.stuck = false;
    pair.tls.set_timeout(1000);
    EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
}

void full_window(int)
{
    Pair pair;
    connect(pair.tls);
    std::string much(16'000'000, 'x');
    pair.tls.set_timeout(500);
    uint64_t start = now_ms();
    int sent = pair.tls.send(much.data(), much.size());
    CHECK(sent > 0 && size_t(sent) < much.size());
    CHECK(now_ms() - start >= 490);
    CHECK(now_ms() - start < 500 + late_ms);
    pair.tls.set_timeout(2 * late_ms);
    pair.tls.set_blocking(false);
    do { // a slow machine has not filled it yet
        start = now_ms();
        sent = pair.tls.send(much.data(), much.size());
    } while (sent > 0);
    EQUAL(sent, NSAPI_ERROR_WOULD_BLOCK);
    CHECK(now_ms() - start < late_ms);

    // Nobody takes the goodbye; close() doesn't wait for that longer than the timeout.
    pair.tls.set_timeout(300);
    start = now_ms();
    EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
    CHECK(now_ms() - start < 300 + late_ms);
}
