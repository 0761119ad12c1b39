// What hardly ever happens: Mbed TLS fails where it should not, another thread is in the way at just that moment.
#include "checks.h"
#include "failing.h"

#include "netsocket/tls/Configuration.h"
#include "netsocket/tls/random.h"
#include "platform/ScopedLock.h"
#include "platform/entropy.h"

#include "mbedtls/ctr_drbg.h"

#include <array>
#include <atomic>
#include <thread>

using tlsbench::tls::Configuration;

namespace {

constexpr int no_entropy = MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;

using Numbers = std::array<uint8_t, MBEDTLS_CTR_DRBG_MAX_REQUEST * 2 + 1>; // more than are given out at once

Numbers numbers()
{
    Numbers made{};
    EQUAL(tlsbench::tls::random_bytes(nullptr, made.data(), made.size()), 0);
    return made;
}

void seed(uint8_t value)
{
    std::array<uint8_t, tlsbench::ENTROPY_MIN_BYTES> bytes;
    bytes.fill(value);
    CHECK(tlsbench::entropy_inject(bytes.data(), bytes.size()));
}

/// Another thread has the socket's lock, and waits for a handshake's step, while this thread is in that step.
template <typename Step> void in_a_step_with_the_lock_taken(TLSSocketWrapper &tls, Step step)
{
    const std::string pem = root();
    std::thread other;
    {
        mbed::ScopedLock<rtos::Mutex> in_a_step(Configuration::lock);
        std::atomic<int> told{0};
        tls.sigio([&told] { ++told; });
        other = std::thread([&] { EQUAL(tls.set_root_ca_cert(pem.c_str()), NSAPI_ERROR_OK); });
        while (told == 0) { // a call that does not get the lock has its caller ask again
            char byte;
            EQUAL(tls.recv(&byte, 1), NSAPI_ERROR_WOULD_BLOCK);
        }
        step();
    }
    other.join();
    tls.sigio(nullptr);
}

} // namespace

void random_numbers(int)
{
    seed(1);
    const Numbers first = numbers();
    CHECK(first != numbers());
    seed(2);
    CHECK(first != numbers());
    seed(1); // the same seed makes a run repeatable
    CHECK(first == numbers());

    uint8_t byte = 0;
    failing::drbg_random = no_entropy;
    EQUAL(tlsbench::tls::random_bytes(nullptr, &byte, 1), no_entropy);
    seed(1);
    failing::drbg_seed = no_entropy;
    EQUAL(tlsbench::tls::random_bytes(nullptr, &byte, 1), no_entropy);
    CHECK(first == numbers()); // the seed is still there to be taken
}

void mbedtls_fails(int)
{
    Pair pair;
    failing::config_defaults = true;
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_NO_MEMORY);
    EQUAL(pair.tls.set_root_ca_cert(root().c_str()), NSAPI_ERROR_OK);
    failing::drbg_random = no_entropy;
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_DEVICE_ERROR);
    pair.tcp.open();
    EQUAL(pair.tls.connect(peer()), NSAPI_ERROR_OK);
    echo(pair.tls, 10);
}

void never_waits_in_a_step(int)
{
    // A socket that is another one's transport is called in that one's step: there it must not wait for anything.
    Pair pair;
    connect(pair.tls);
    pair.tls.set_timeout(5000);
    in_a_step_with_the_lock_taken(pair.tls, [&] {
        pair.tls.set_timeout(7000); // whoever has the lock must see the blocking mode that he has set
        EQUAL(pair.tcp.timeout, 5000);
        EQUAL(pair.tls.send("x", 1), NSAPI_ERROR_WOULD_BLOCK);
    });
    pair.tls.set_timeout(7000);
    EQUAL(pair.tcp.timeout, 7000);

    // Nor for the rest of a record that the transport gives in more pieces than one attempt takes.
    const std::string text(200, 'x');
    EQUAL(pair.tls.send(text.data(), 200), 200);
    pair.tcp.piece = 1;
    int told = 0;
    pair.tls.sigio([&told] { ++told; });
    std::string in(text.size(), '\0');
    {
        mbed::ScopedLock<rtos::Mutex> in_a_step(Configuration::lock);
        while (told == 0) {
            EQUAL(pair.tls.recv(&in[0], nsapi_size_t(in.size())), NSAPI_ERROR_WOULD_BLOCK);
        }
    }
    EQUAL(pair.tls.recv(&in[0], nsapi_size_t(in.size())), 200);
    CHECK(in == text);
}
