// Over datagrams: what transports may do, what configurations may be, how long messages may be.
#include "checks.h"

#include "netsocket/DTLSSocketWrapper.h"

#include <thread>

using namespace std::chrono_literals;

namespace {

/// A secure socket over a UDP socket, with short timers.
struct DatagramPair {
    DatagramPair() : udp(true), dtls(&udp, HOST) { EQUAL(dtls.set_handshake_timeouts(200, 3200), NSAPI_ERROR_OK); }

    HostSocket udp;
    DTLSSocketWrapper dtls;
};

/// Send a message and receive it again, whole.
void exchange(Socket &socket, size_t size)
{
    std::string out(size, 'x');
    std::string in(size + 1, '\0');
    EQUAL(socket.send(out.data(), nsapi_size_t(size)), int(size));
    EQUAL(socket.recv(&in[0], nsapi_size_t(in.size())), int(size));
    CHECK(in.compare(0, size, out) == 0);
}

nsapi_size_t longest(DTLSSocketWrapper &dtls)
{
    return nsapi_size_t(mbedtls_ssl_get_max_out_record_payload(dtls.get_ssl_context()));
}

} // namespace

void dtls_reconnect(int)
{
    DatagramPair pair;
    for (int i = 0; i < 3; ++i) {
        pair.dtls.set_hostname(HOST);
        connect(pair.dtls);
        exchange(pair.dtls, 100);
        EQUAL(pair.dtls.close(), NSAPI_ERROR_OK);
        EQUAL(stand_in::blocks(), 0u);
        pair.udp.open();
    }
}

void dtls_every_allocation(int)
{
    long refused = 0;
    for (long count = 0;; count += 1 + count / 4) {
        HostSocket udp(true);
        stand_in::refuse_allocation(count);
        DTLSSocketWrapper dtls(&udp, HOST);
        nsapi_error_t ret = dtls.set_handshake_timeouts(200, 3200);
        if (ret == NSAPI_ERROR_OK) {
            ret = dtls.set_root_ca_cert(root().c_str());
        }
        if (ret == NSAPI_ERROR_OK) {
            ret = dtls.connect(peer());
        }
        stand_in::refuse_allocation(stand_in::has_refused() ? (++refused, -1) : -1);
        if (ret == NSAPI_ERROR_OK) {
            break;
        }
        EQUAL(ret, NSAPI_ERROR_NO_MEMORY);
        dtls.close();
        EQUAL(stand_in::blocks(), 0u);
    }
    CHECK(refused > 20);
}

void dtls_messages(int)
{
    DatagramPair pair;
    EQUAL(pair.dtls.set_mtu(227), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.dtls.set_mtu(600), NSAPI_ERROR_OK);
    EQUAL(pair.dtls.set_handshake_timeouts(0, 1), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.dtls.set_handshake_timeouts(2, 1), NSAPI_ERROR_PARAMETER);
    connect(pair.dtls);
    const nsapi_size_t most = longest(pair.dtls);
    CHECK(most > 500 && most < 600);
    exchange(pair.dtls, 1);
    exchange(pair.dtls, most);
    const std::string out(most + 1, 'x');
    EQUAL(pair.dtls.send(out.data(), most + 1), MBEDTLS_ERR_SSL_BAD_INPUT_DATA);
    EQUAL(pair.dtls.send(out.data(), 0), 0); // and nothing comes back
    EQUAL(pair.dtls.send(nullptr, 1), NSAPI_ERROR_PARAMETER);
    exchange(pair.dtls, most);

    // A message that the buffer has no room for comes in parts, and no part of another one with it.
    EQUAL(pair.dtls.send("abcdef", 6), 6);
    EQUAL(pair.dtls.send("ghi", 3), 3);
    char in[8];
    EQUAL(pair.dtls.recv(in, 4), 4);
    EQUAL(pair.dtls.recv(in + 4, 4), 2);
    EQUAL(pair.dtls.recv(in, sizeof in), 3);
    CHECK(std::string(in, 6) == "ghidef");
}

void dtls_awkward_transport(int)
{
    DatagramPair pair;
    pair.udp.halting = true;
    pair.udp.full = true;
    pair.udp.empties = 3;
    connect(pair.dtls);
    exchange(pair.dtls, 500);
    pair.udp.halting = false;
    pair.udp.empties = 100; // more than one attempt takes
    exchange(pair.dtls, 500);
    pair.dtls.set_blocking(false);
    char byte;
    EQUAL(pair.dtls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK);
}

void dtls_flooded(int)
{
    DatagramPair pair;
    pair.udp.empties = -1;
    EQUAL(pair.dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    pair.dtls.set_timeout(300);
    uint64_t start = now_ms();
    EQUAL(pair.dtls.connect(peer()), NSAPI_ERROR_CONNECTION_TIMEOUT);
    CHECK(now_ms() - start >= 300 && now_ms() - start < 5000);

    pair.dtls.set_blocking(true);
    std::thread closer([&] {
        std::this_thread::sleep_for(200ms);
        EQUAL(pair.dtls.close(), NSAPI_ERROR_OK);
    });
    EQUAL(pair.dtls.connect(peer()), NSAPI_ERROR_NO_SOCKET);
    closer.join();
    EQUAL(stand_in::blocks(), 0u);
}

void dtls_broken_transport(int)
{
    DatagramPair pair;
    pair.udp.failing = NSAPI_ERROR_DEVICE_ERROR;
    EQUAL(pair.dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.dtls.connect(peer()), NSAPI_ERROR_DEVICE_ERROR);
    pair.udp.failing = 0;
    connect(pair.dtls);
    exchange(pair.dtls, 10);
    pair.udp.failing = NSAPI_ERROR_DEVICE_ERROR;
    char byte;
    EQUAL(pair.dtls.recv(&byte, 1), NSAPI_ERROR_DEVICE_ERROR);
    EQUAL(pair.dtls.send(&byte, 1), NSAPI_ERROR_DEVICE_ERROR);
    EQUAL(pair.dtls.close(), NSAPI_ERROR_OK);
}

void dtls_wrong_configuration(int)
{
    Pair stream;
    DatagramPair pair;
    EQUAL(pair.dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    pair.dtls.set_ssl_config(stream.tls.get_ssl_config());
    EQUAL(pair.dtls.connect(peer()), NSAPI_ERROR_PARAMETER);
    pair.dtls.set_ssl_config(nullptr);
    EQUAL(pair.dtls.set_handshake_timeouts(200, 3200), NSAPI_ERROR_OK);
    connect(pair.dtls);
    exchange(pair.dtls, 10);

    HostSocket udp(true);
    EQUAL(udp.connect(peer()), NSAPI_ERROR_OK);
    TLSSocketWrapper tls(&udp, HOST, TLSSocketWrapper::TRANSPORT_KEEP);
    DatagramPair lender;
    tls.set_ssl_config(lender.dtls.get_ssl_config());
    EQUAL(tls.connect(), NSAPI_ERROR_PARAMETER);
}

void dtls_shared_configuration(int)
{
    DatagramPair lender;
    EQUAL(lender.dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    DatagramPair other;
    other.dtls.set_ssl_config(lender.dtls.get_ssl_config());
    EQUAL(other.dtls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(lender.dtls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(lender.dtls.close(), NSAPI_ERROR_OK);
    exchange(other.dtls, 100);
}

void dtls_cannot_send(int)
{
    // Nothing gets out, so nothing is answered; connect() comes back all the same, and close() does not wait.
    HostSocket udp(true);
    EQUAL(udp.connect(peer()), NSAPI_ERROR_OK);
    udp.stuck = true;
    DTLSSocketWrapper dtls(&udp, HOST, TLSSocketWrapper::TRANSPORT_KEEP);
    EQUAL(dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(dtls.set_handshake_timeouts(50, 100), NSAPI_ERROR_OK);
    dtls.set_timeout(400);
    uint64_t start = now_ms();
    EQUAL(dtls.connect(), NSAPI_ERROR_CONNECTION_TIMEOUT);
    CHECK(now_ms() - start < 5000);
    EQUAL(dtls.close(), NSAPI_ERROR_OK);
}

void dtls_other_message(int)
{
    // A message that was refused is not the next one's beginning. It comes, too: it was made a record already.
    DatagramPair pair;
    connect(pair.dtls);
    for (const char *next : {"short", "one that is longer than the first"}) {
        pair.udp.stuck = true;
        pair.dtls.set_blocking(false);
        EQUAL(pair.dtls.send("not this time", 13), NSAPI_ERROR_WOULD_BLOCK);
        pair.udp.stuck = false;
        pair.dtls.set_timeout(5000);
        const std::string text = next;
        EQUAL(pair.dtls.send(text.data(), nsapi_size_t(text.size())), int(text.size()));
        char in[64];
        EQUAL(pair.dtls.recv(in, sizeof in), 13);
        CHECK(std::string(in, 13) == "not this time");
        EQUAL(pair.dtls.recv(in, sizeof in), int(text.size()));
        CHECK(std::string(in, text.size()) == text);
    }
    // One that only had to wait is sent once.
    pair.udp.halting = true;
    exchange(pair.dtls, 100);
    exchange(pair.dtls, 50);
}

void dtls_no_timer_left(int)
{
    // A lookup that takes 200 ms, as resolve_at() waits for it: nothing wakes it meanwhile.
    struct Slow : DTLSSocketWrapper {
        using DTLSSocketWrapper::DTLSSocketWrapper;
        nsapi_error_t look_up() { return connect_to(HOST, SocketAddress()); }
        nsapi_error_t resolve(const Deadline &, const char *, SocketAddress *) override
        {
            Deadline answer(200);
            while (!answer.passed()) {
                ++pauses;
                Deadline::Milliseconds backoff = rtos::Kernel::wait_for_u32_max;
                (void)pause(CONNECT, answer, backoff);
            }
            return NSAPI_ERROR_DNS_FAILURE;
        }
        int pauses = 0;
    };
    HostSocket udp(true);
    EQUAL(udp.connect(peer()), NSAPI_ERROR_OK);
    udp.silent = true;
    Slow dtls(&udp, HOST, TLSSocketWrapper::TRANSPORT_KEEP);
    EQUAL(dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(dtls.set_handshake_timeouts(150, 3200), NSAPI_ERROR_OK);
    dtls.set_timeout(100);
    EQUAL(dtls.connect(), NSAPI_ERROR_CONNECTION_TIMEOUT);
    std::this_thread::sleep_for(100ms); // the timer of that handshake would have passed
    EQUAL(dtls.look_up(), NSAPI_ERROR_DNS_FAILURE);
    CHECK(dtls.pauses < 5);
}

void dtls_default_timers(int)
{
    // What README and DTLSSocketWrapper.h promise: the first wait is of a second, the longest and last one of a minute.
    stand_in::only_waiting_takes_time();
    HostSocket udp(true);
    udp.silent = true;
    DTLSSocketWrapper dtls(&udp, HOST);
    EQUAL(dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(dtls.connect(peer()), NSAPI_ERROR_CONNECTION_TIMEOUT);
    CHECK((udp.sent_ms == std::vector<uint64_t>{0, 1000, 3000, 7000, 15'000, 31'000, 63'000}));
    EQUAL(now_ms(), 123'000u);
    EQUAL(dtls.close(), NSAPI_ERROR_OK);
}

void dtls_long_flight(int whole)
{
    // What the record buffer has no room for is lost with the rest of its datagram, each time the server sends it.
    DatagramPair pair;
    EQUAL(pair.dtls.set_handshake_timeouts(200, 400), NSAPI_ERROR_OK);
    EQUAL(pair.dtls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.dtls.connect(peer()), whole ? NSAPI_ERROR_CONNECTION_TIMEOUT : NSAPI_ERROR_OK);
    EQUAL(pair.dtls.close(), NSAPI_ERROR_OK);
}
