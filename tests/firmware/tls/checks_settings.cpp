// What is set before connect(): certificates, keys, configurations, the seed.
#include "checks.h"

#include "netsocket/tls/random.h"

#include "mbedtls/platform.h"
#include "mbedtls/x509.h"

#include <atomic>
#include <thread>

void trust(int)
{
    Pair pair;
    EQUAL(pair.tls.set_root_ca_cert("no certificate"), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.tls.set_root_ca_cert(nullptr), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    size_t bytes = stand_in::bytes();

    // Refused, one of several broken, and nothing changes.
    std::string broken = root() + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    EQUAL(pair.tls.set_root_ca_cert(broken.c_str()), NSAPI_ERROR_PARAMETER);
    std::string both = file("other.der") + file("root.der");
    EQUAL(pair.tls.set_root_ca_cert(both.data(), both.size() - 1), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.tls.set_root_ca_cert("\x30\x03\x02\x01\x01", 5), NSAPI_ERROR_PARAMETER); // DER, but of a number
    EQUAL(stand_in::bytes(), bytes);

    // Set again and again, nothing is left over.
    for (int i = 0; i < 5; ++i) {
        EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
        EQUAL(stand_in::bytes(), bytes);
    }

    // Replaced by a root that the peer's certificate isn't under; then the right one beside it.
    EQUAL(pair.tls.set_root_ca_cert(file("other.pem").c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(pair.tls.get_verify_flags(), MBEDTLS_X509_BADCERT_NOT_TRUSTED);
    pair.tcp.open();
    std::string der = file("root.der");
    EQUAL(pair.tls.append_root_ca_cert(der.data(), der.size()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.close(), NSAPI_ERROR_OK);

    // What is added does not take the place of what was there.
    pair.tcp.open();
    pair.tls.set_hostname(HOST);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.append_root_ca_cert(file("other.pem").c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.close(), NSAPI_ERROR_OK);

    // Two in one DER buffer.
    pair.tcp.open();
    pair.tls.set_hostname(HOST);
    EQUAL(pair.tls.set_root_ca_cert(both.data(), both.size()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);

    // Added to nothing, and to several.
    Pair adding;
    const std::string others = file("other.der") + file("other.der");
    EQUAL(adding.tls.append_root_ca_cert(others.data(), others.size()), NSAPI_ERROR_OK);
    EQUAL(adding.tls.append_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(adding.tls.connect(peer()), NSAPI_ERROR_OK);
}

void client_certificate(int)
{
    Pair pair;
    std::string cert = file("client.pem"), key = file("client.key"), other = file("other.key");
    std::string cert_der = file("client.der"), key_der = file("client.key.der");
    EQUAL(pair.tls.set_client_cert_key(cert.c_str(), other.c_str()), NSAPI_ERROR_PARAMETER);
    CHECK(pair.tls.get_last_tls_error() != 0);
    CHECK(!pair.tls.get_own_cert());
    EQUAL(pair.tls.set_client_cert_key(cert.c_str(), "no key"), NSAPI_ERROR_PARAMETER);
    EQUAL(pair.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.set_client_cert_key(cert_der.data(), cert_der.size(), key_der.data(), key_der.size()),
          NSAPI_ERROR_OK);
    mbedtls_x509_crt *const own = pair.tls.get_own_cert();
    CHECK(own);
    stand_in::refuse_allocation(0); // of the entry that goes with a certificate, which is the last one
    EQUAL(pair.tls.set_own_cert(own), NSAPI_ERROR_NO_MEMORY);
    stand_in::refuse_allocation(-1);
    CHECK(pair.tls.get_own_cert() == own);
    connect(pair.tls);
    echo(pair.tls, 100);
}

void certificate_refused(int)
{
    // By a server that knows nothing of who issued it: the server's certificate is not what was wrong.
    Pair pair;
    const std::string cert = file("client.pem"), key = file("client.key");
    EQUAL(pair.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(pair.tls.get_last_tls_error(), MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE);
    EQUAL(pair.tls.get_verify_flags(), 0u);
}

void application_s_configuration(int)
{
    mbedtls_ssl_config conf;
    mbedtls_ssl_config_init(&conf);
    EQUAL(mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                      MBEDTLS_SSL_PRESET_DEFAULT),
          0);
    mbedtls_ssl_conf_rng(&conf, tlsbench::tls::random_bytes, nullptr);
    int seen = 0; // by its own callback, which the secure socket's log must not take the place of
    mbedtls_ssl_conf_verify(
        &conf, [](void *seen, mbedtls_x509_crt *, int, uint32_t *) { return ++*static_cast<int *>(seen), 0; }, &seen);
    for (int whoever_comes : {MBEDTLS_SSL_VERIFY_NONE, MBEDTLS_SSL_VERIFY_OPTIONAL}) {
        mbedtls_ssl_conf_authmode(&conf, whoever_comes);
        Pair pair;
        pair.tls.set_ssl_config(&conf);
        CHECK(pair.tls.get_ssl_config() == &conf);
        EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);
        pair.tls.set_ssl_config(nullptr); // too late
        CHECK(pair.tls.get_ssl_config() == &conf);
        echo(pair.tls, 10);
        CHECK((seen > 0) == (whoever_comes == MBEDTLS_SSL_VERIFY_OPTIONAL));
    }
    mbedtls_ssl_config_free(&conf);
}

void shared_configuration(int)
{
    Pair first, second;
    EQUAL(first.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    size_t bytes = stand_in::bytes();
    second.tls.set_ssl_config(first.tls.get_ssl_config());
    EQUAL(stand_in::bytes(), bytes); // that's the point of it
    CHECK(second.tls.get_ca_chain() == first.tls.get_ca_chain());
    EQUAL(first.tls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(second.tls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(first.tls.close(), NSAPI_ERROR_OK); // the other one goes on
    echo(second.tls, 100);
    EQUAL(second.tls.close(), NSAPI_ERROR_OK);
    EQUAL(stand_in::blocks(), 0u);

    // Certificates set before a configuration is taken over stay, and are this socket's alone.
    Pair lender, borrower;
    EQUAL(lender.tls.set_root_ca_cert(file("other.pem").c_str()), NSAPI_ERROR_OK);
    EQUAL(borrower.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    borrower.tls.set_ssl_config(lender.tls.get_ssl_config());
    EQUAL(borrower.tls.connect(peer()), NSAPI_ERROR_OK);
    EQUAL(lender.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
}

void lender_changes(int)
{
    // The borrower has a certificate of its own, so a copy of the lender's settings is what it connects with.
    Pair lender, borrower;
    std::string cert = file("client.pem"), key = file("client.key");
    EQUAL(lender.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(borrower.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
    borrower.tls.set_ssl_config(lender.tls.get_ssl_config());
    std::atomic<bool> connected{false};
    std::thread changer([&] {
        while (!connected) {
            // While the handshake computes with them they stay; that can stop in the middle only if it need not block.
            nsapi_error_t ret = lender.tls.set_root_ca_cert(root().c_str());
            CHECK(ret == NSAPI_ERROR_OK || (tlsbench::tls::nonblocking_handshake && ret == NSAPI_ERROR_BUSY));
        }
    });
    EQUAL(borrower.tls.connect(peer()), NSAPI_ERROR_OK);
    connected = true;
    changer.join();

    // Nothing of the lender's stays behind.
    Pair other;
    other.tls.set_hostname(HOST);
    EQUAL(other.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
    EQUAL(lender.tls.set_root_ca_cert(file("other.pem").c_str()), NSAPI_ERROR_OK);
    other.tls.set_ssl_config(lender.tls.get_ssl_config());
    EQUAL(other.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
    other.tls.set_ssl_config(nullptr);
    lender.tls.close();
    other.tcp.open();
    EQUAL(other.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(other.tls.get_last_tls_error(), MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED);
    CHECK(other.tls.get_own_cert());
}

void settings_every_allocation(int)
{
    const std::string cert = file("client.pem"), key = file("client.key");
    long refused = 0;
    // Each of the first ones, and then of every magnitude some: Mbed TLS 2.28 makes thousands to compare the keys.
    for (long count = 0;; count += 1 + count / 32) {
        Pair pair;
        stand_in::refuse_allocation(count);
        nsapi_error_t ret = pair.tls.set_client_cert_key(cert.c_str(), key.c_str());
        if (ret == NSAPI_ERROR_OK) {
            ret = pair.tls.set_root_ca_cert(root().c_str());
        }
        const bool again = stand_in::has_refused();
        stand_in::refuse_allocation(-1);
        if (!again) {
            EQUAL(ret, NSAPI_ERROR_OK);
            break;
        }
        ++refused;
        if (ret != NSAPI_ERROR_OK) { // or it was done in another way
            EQUAL(ret, NSAPI_ERROR_NO_MEMORY);
        }
        // What was refused can be said again.
        EQUAL(pair.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_OK);
        EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    }
    CHECK(refused > 10);
}

void append_every_allocation(int)
{
    // What is added stands beside copies of a lender's certificates: without memory for those, nothing is added.
    Pair lender;
    EQUAL(lender.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    const std::string other = file("other.pem");
    long refused = 0;
    for (nsapi_error_t ret = NSAPI_ERROR_NO_MEMORY; ret != NSAPI_ERROR_OK; ++refused) {
        Pair borrower;
        borrower.tls.set_ssl_config(lender.tls.get_ssl_config());
        stand_in::refuse_allocation(refused);
        ret = borrower.tls.append_root_ca_cert(other.c_str());
        stand_in::refuse_allocation(-1);
        if (ret != NSAPI_ERROR_OK) {
            EQUAL(ret, NSAPI_ERROR_NO_MEMORY);
            CHECK(borrower.tls.get_ca_chain() == lender.tls.get_ca_chain());
        } else {
            EQUAL(borrower.tls.connect(peer()), NSAPI_ERROR_OK);
        }
    }
    CHECK(refused > 10);
}

void busy(int)
{
    // While another thread connects, what it connects with stays as it is.
    Pair pair;
    const std::string cert = file("client.pem"), key = file("client.key");
    pair.tcp.silent = true;
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    std::thread connecting([&] { EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_NO_SOCKET); });
    for (nsapi_error_t ret = NSAPI_ERROR_OK; ret != NSAPI_ERROR_BUSY; ret = pair.tls.set_root_ca_cert(root().c_str())) {
        std::this_thread::yield();
    }
    mbedtls_x509_crt *chain = pair.tls.get_ca_chain();
    EQUAL(pair.tls.append_root_ca_cert(root().c_str()), NSAPI_ERROR_BUSY);
    EQUAL(pair.tls.set_client_cert_key(cert.c_str(), key.c_str()), NSAPI_ERROR_BUSY);
    EQUAL(pair.tls.set_own_cert(chain), NSAPI_ERROR_BUSY);
    pair.tls.set_ca_chain(nullptr);
    pair.tls.set_hostname("another.tlsbench.test");
    CHECK(pair.tls.get_ca_chain() == chain && !pair.tls.get_own_cert());
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_ALREADY);
    while (!pair.tls.get_ssl_context()) {
        std::this_thread::yield();
    }
    EQUAL(pair.tls.send("x", 1), NSAPI_ERROR_NO_CONNECTION);
    EQUAL(pair.tls.close(), NSAPI_ERROR_OK);
    connecting.join();
}

void who_ran_out(int)
{
    // Another thread is refused memory while this one is refused trust.
    Pair pair;
    std::atomic<bool> done{false};
    std::thread greedy([&] {
        while (!done) {
            CHECK(!mbedtls_calloc(1, 1 << 30));
        }
    });
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_AUTH_FAILURE);
    EQUAL(pair.tls.set_root_ca_cert("no certificate"), NSAPI_ERROR_PARAMETER);
    done = true;
    greedy.join();
}

void no_seed(int)
{
    Pair pair;
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_DEVICE_ERROR);
}
