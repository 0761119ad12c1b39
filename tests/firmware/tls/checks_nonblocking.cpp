// connect() that takes several calls. HostSocket calls no sigio, so these poll.
#include "checks.h"

#include "netsocket/tls/errors.h"

#include <thread>

using namespace std::chrono_literals;

namespace {

/// A pair that trusts the peer and must not block.
struct Eager : Pair {
    explicit Eager(TLSSocketWrapper::control_transport mode = TLSSocketWrapper::TRANSPORT_CONNECT_AND_CLOSE)
        : Pair(mode)
    {
        EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
        tls.set_blocking(false);
    }
};

bool goes_on(nsapi_error_t ret)
{
    return ret == NSAPI_ERROR_IN_PROGRESS || ret == NSAPI_ERROR_ALREADY;
}

/// Call connect() until it has more to say than that it goes on, or so often.
/// @param calls goes up by what it took
nsapi_error_t poll(TLSSocketWrapper &tls, int &calls, int at_most = 100'000)
{
    nsapi_error_t ret = NSAPI_ERROR_ALREADY;
    for (int i = 0; i < at_most && goes_on(ret); ++i) {
        ret = tls.connect(peer());
        CHECK(ret != (calls ? NSAPI_ERROR_IN_PROGRESS : NSAPI_ERROR_ALREADY));
        ++calls;
        std::this_thread::sleep_for(100us); // for the peer
    }
    return ret;
}

/// Call connect() until it waits for a peer that says nothing.
void poll_until_waiting(TLSSocketWrapper &tls)
{
    int calls = 0;
    while (!tls.get_ssl_context()) {
        CHECK(goes_on(poll(tls, calls, 1)));
    }
    CHECK(goes_on(poll(tls, calls, 10)));
}

} // namespace

void nb_connect(int piece)
{
    Eager pair;
    pair.tcp.halting = piece != 0;
    pair.tcp.piece = nsapi_size_t(piece);
    int computed = 0, calls = 0;
    pair.tls.sigio([&computed] { ++computed; });
    SocketAddress address;
    EQUAL(pair.tls.getpeername(&address), NSAPI_ERROR_NO_CONNECTION);
    EQUAL(poll(pair.tls, calls, 3), NSAPI_ERROR_ALREADY);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_BUSY);
    EQUAL(pair.tls.getpeername(&address), NSAPI_ERROR_NO_CONNECTION);
    EQUAL(poll(pair.tls, calls), NSAPI_ERROR_IS_CONNECTED);
    CHECK(calls > 50 && computed > 50); // what curves take alone
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_IS_CONNECTED);
    EQUAL(pair.tls.getpeername(&address), NSAPI_ERROR_OK);
    EQUAL(pair.tcp.timeout, 0);
    echo(pair.tls, 3000);
    EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
    EQUAL(stand_in::blocks(), 0u);
}

void nb_ended_anywhere(int)
{
    // Destroyed or closed after any number of calls.
    int most = 0;
    {
        Eager pair;
        EQUAL(poll(pair.tls, most), NSAPI_ERROR_IS_CONNECTED);
    }
    for (int count = 1; count < most; count += 1 + count / 16) {
        Eager pair;
        int calls = 0;
        nsapi_error_t ret = poll(pair.tls, calls, count);
        CHECK(goes_on(ret) || ret == NSAPI_ERROR_IS_CONNECTED); // the peer may be faster than before
        if (count % 2 == 0) {
            EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
            EQUAL(pair.tcp.closes, 1);
            EQUAL(stand_in::blocks(), 0u);
            char byte;
            EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_NO_SOCKET);
        }
    }
    EQUAL(stand_in::blocks(), 0u);
}

void nb_every_allocation(int)
{
    long refused = 0;
    for (long count = 0;; count += 1 + count / 8) {
        Eager pair;
        int calls = 0;
        stand_in::refuse_allocation(count);
        nsapi_error_t ret = poll(pair.tls, calls);
        bool was_refused = stand_in::has_refused();
        stand_in::refuse_allocation(-1);
        if (!was_refused) {
            EQUAL(ret, NSAPI_ERROR_IS_CONNECTED);
            break;
        }
        ++refused;
        EQUAL(ret, NSAPI_ERROR_NO_MEMORY);
        pair.tls.close();
        EQUAL(stand_in::blocks(), 0u);
    }
    CHECK(refused > 50);
}

void nb_fails_then_connects(int)
{
    Eager pair;
    EQUAL(pair.tls.set_root_ca_cert(file("other.pem").c_str()), NSAPI_ERROR_OK);
    int calls = 0;
    EQUAL(poll(pair.tls, calls), NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(pair.tls.get_verify_flags(), MBEDTLS_X509_BADCERT_NOT_TRUSTED);
    EQUAL(pair.tls.send("x", 1), NSAPI_ERROR_NO_CONNECTION);
    pair.tcp.open();
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    calls = 0;
    EQUAL(poll(pair.tls, calls), NSAPI_ERROR_IS_CONNECTED);
    echo(pair.tls, 10);
}

void nb_says_the_name(int)
{
    Eager pair;
    TLSSocketWrapper nameless(&pair.tcp);
    nameless.set_blocking(false);
    EQUAL(nameless.connect(peer()), NSAPI_ERROR_PARAMETER);
    EQUAL(nameless.connect(peer()), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.tcp.connects, 0);
}

void nb_send_goes_on(int receiving)
{
    Eager pair;
    char text[] = "echo";
    EQUAL(pair.tls.send(text, 4), NSAPI_ERROR_NO_CONNECTION);
    int calls = 0;
    while (!pair.tls.get_ssl_context()) {
        EQUAL(pair.tls.recv(text, 4), NSAPI_ERROR_NO_CONNECTION);
        CHECK(goes_on(poll(pair.tls, calls, 1)));
    }
    // What the peer echoes comes to a receive that began before the handshake was done.
    std::thread receiver([&] {
        char in[4];
        for (int got = 0; receiving && got < 4;) {
            int ret = pair.tls.recv(in + got, nsapi_size_t(4 - got));
            CHECK(ret > 0 || ret == NSAPI_ERROR_WOULD_BLOCK);
            got += ret > 0 ? ret : 0;
            std::this_thread::sleep_for(1ms);
        }
    });
    int sent;
    do {
        sent = pair.tls.send(text, 4);
        CHECK(sent == 4 || sent == NSAPI_ERROR_WOULD_BLOCK);
    } while (sent != 4);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_IS_CONNECTED);
    receiver.join();

    // One that fails says so once; then there's no connection.
    Pair other;
    other.tls.set_blocking(false);
    calls = 0;
    while (!other.tls.get_ssl_context()) {
        CHECK(goes_on(poll(other.tls, calls, 1)));
    }
    int ret;
    do {
        ret = other.tls.recv(text, 4);
    } while (ret == NSAPI_ERROR_WOULD_BLOCK);
    EQUAL(ret, NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(other.tls.recv(text, 4), NSAPI_ERROR_NO_CONNECTION);
}

void nb_becomes_blocking(int)
{
    Eager pair;
    int calls = 0;
    poll(pair.tls, calls, 5);
    pair.tls.set_timeout(20000);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_IS_CONNECTED);
    echo(pair.tls, 10);

    // As does a receive, which has a timeout for both.
    Eager other;
    calls = 0;
    while (!other.tls.get_ssl_context()) {
        CHECK(goes_on(poll(other.tls, calls, 1)));
    }
    other.tls.set_timeout(20000);
    EQUAL(other.tls.send("echo", 4), 4);
    char in[4];
    CHECK(other.tls.recv(in, 4) > 0);
}

void nb_silent(int)
{
    Eager pair;
    poll_until_waiting(pair.tls);
    char byte;
    uint64_t start = now_ms();
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK);
    CHECK(now_ms() - start < late_ms);
    pair.tls.set_timeout(200);
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK); // the handshake is still there
    CHECK(now_ms() - start >= 190);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_CONNECTION_TIMEOUT);
    EQUAL(pair.tls.recv(&byte, 1), NSAPI_ERROR_NO_CONNECTION);
    pair.tcp.open();
    pair.tls.set_blocking(false);
    poll_until_waiting(pair.tls);
}

void nb_flooded(int)
{
    Eager pair;
    int fired = 0, calls = 0;
    pair.tls.sigio([&fired] { ++fired; });
    poll(pair.tls, calls, 10);
    for (int i = 0; i < 20; ++i) {
        // Where a call leaves something to read, of which a transport tells only once, it says so itself. A flood that
        // only trickles leaves nothing for a while.
        const int before = fired;
        const uint64_t began = now_ms();
        while (fired == before) {
            uint64_t start = now_ms();
            EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_ALREADY);
            CHECK(now_ms() - start < late_ms);
            CHECK(now_ms() - began < 2 * late_ms);
        }
    }
}

void nb_stuck(int)
{
    // A transport that never connects, with each of the modes in which it should.
    for (auto mode : {TLSSocketWrapper::TRANSPORT_CONNECT, TLSSocketWrapper::TRANSPORT_CONNECT_AND_CLOSE}) {
        Eager pair(mode);
        pair.tcp.stuck = true;
        int calls = 0;
        EQUAL(poll(pair.tls, calls, 10), NSAPI_ERROR_ALREADY);
        EQUAL(pair.tcp.connects, 10);
        EQUAL(pair.tls.send("x", 1), NSAPI_ERROR_NO_CONNECTION);
        CHECK(!pair.tls.get_ssl_context());
        Pair lender;
        pair.tls.set_ssl_config(lender.tls.get_ssl_config()); // too late
        CHECK(pair.tls.get_ssl_config() != lender.tls.get_ssl_config());
        EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
        EQUAL(pair.tcp.closes, mode == TLSSocketWrapper::TRANSPORT_CONNECT ? 0 : 1);
    }
}

void nb_kept(int)
{
    HostSocket tcp;
    EQUAL(tcp.connect(peer()), NSAPI_ERROR_OK);
    TLSSocketWrapper tls(&tcp, HOST, TLSSocketWrapper::TRANSPORT_KEEP);
    EQUAL(tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    tls.set_blocking(false);
    EQUAL(tls.connect(), NSAPI_ERROR_IN_PROGRESS);
    nsapi_error_t ret;
    do {
        ret = tls.connect();
    } while (ret == NSAPI_ERROR_ALREADY);
    EQUAL(ret, NSAPI_ERROR_IS_CONNECTED);
    EQUAL(tcp.connects, 1);
    echo(tls, 10);
}

void nb_nested(int)
{
    Eager outer;
    TLSSocketWrapper inner(&outer.tls, HOST);
    EQUAL(inner.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    inner.set_blocking(false);
    int calls = 0, fired = 0;
    inner.sigio([&fired] { ++fired; });
    EQUAL(poll(inner, calls), NSAPI_ERROR_IS_CONNECTED);
    CHECK(fired > 100); // both compute
    inner.set_blocking(true);
    echo(inner, 5000);
}

void nb_two_at_once(int)
{
    // They share certificates and a key; what Mbed TLS keeps in those from one computation suits the other's.
    std::string cert = file("client.pem"), key = file("client.key");
    Eager one, other;
    EQUAL(one.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
    Pair third;
    third.tls.set_blocking(false);
    third.tls.set_ssl_config(one.tls.get_ssl_config());
    EQUAL(other.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
    TLSSocketWrapper *all[] = {&one.tls, &third.tls, &other.tls};
    int done = 0;
    for (int round = 0; done < 3; ++round) {
        done = 0;
        for (auto tls : all) {
            nsapi_error_t ret = tls->connect(peer());
            CHECK(goes_on(ret) || ret == NSAPI_ERROR_IS_CONNECTED);
            done += ret == NSAPI_ERROR_IS_CONNECTED;
        }
    }
    for (auto tls : all) {
        echo(*tls, 100);
    }
}

void nb_lender_changes(int)
{
    // While a computation is stopped that names them, a lender's certificates stay.
    Eager lender;
    Pair borrower;
    borrower.tls.set_blocking(false);
    borrower.tls.set_ssl_config(lender.tls.get_ssl_config());
    int calls = 0, busy = 0, taken = 0;
    while (goes_on(poll(borrower.tls, calls, 1))) {
        nsapi_error_t ret = lender.tls.set_root_ca_cert(root().c_str());
        CHECK(ret == NSAPI_ERROR_OK || ret == NSAPI_ERROR_BUSY);
        EQUAL(lender.tls.set_own_cert(nullptr), ret);
        (ret == NSAPI_ERROR_OK ? taken : busy)++;
    }
    CHECK(busy > 20 && taken > 3);
    EQUAL(lender.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    echo(borrower.tls, 10);

    // And those of a lender that is gone.
    Pair second;
    second.tls.set_blocking(false);
    second.tls.set_ssl_config(lender.tls.get_ssl_config());
    calls = 0;
    poll(second.tls, calls, 40);
    lender.tls.close();
    EQUAL(poll(second.tls, calls), NSAPI_ERROR_IS_CONNECTED);
}
