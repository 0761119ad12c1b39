// One check is one run of the program: it connects to the peer that the test has started, and exits with 0 if all held.
#pragma once

#include "HostSocket.h"
#include "stand_in/stand_in.h"

#include "netsocket/TLSSocketWrapper.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                             \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

#define EQUAL(value, expected)                                                                                         \
    do {                                                                                                               \
        auto is = (value);                                                                                             \
        decltype(is) should_be = decltype(is)(expected);                                                               \
        if (is != should_be) {                                                                                         \
            printf("%s:%d: %s is %lld, not %s (%lld)\n", __FILE__, __LINE__, #value, (long long)is, #expected,         \
                   (long long)should_be);                                                                              \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

constexpr char HOST[] = "server.tlsbench.test";

/// Address of the peer.
SocketAddress peer();

/// A file of the test's: certificates and keys.
std::string file(const char *name);

/// The peer's root certificate as PEM.
inline std::string root()
{
    return file("root.pem");
}

/// A secure socket over a host socket that is ready to be connected.
struct Pair {
    explicit Pair(TLSSocketWrapper::control_transport mode = TLSSocketWrapper::TRANSPORT_CONNECT_AND_CLOSE)
        : tls(&tcp, HOST, mode)
    {
    }

    HostSocket tcp;
    TLSSocketWrapper tls;
};

/// Trust the peer's root and connect; both must succeed.
void connect(TLSSocketWrapper &tls);

/// Send `size` bytes from another thread, receive them from the echoing peer in this one, and compare.
void echo(Socket &socket, size_t size);

/// Milliseconds since `start` of the same clock.
uint64_t now_ms();

/// Longest time after which a call is not late: a machine that has much else to do stops it for a while. What waits in
/// vain for an end waits longer.
constexpr uint64_t late_ms = 5000;
