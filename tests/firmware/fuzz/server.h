// What a real server sends to the client under test: recorded once, when it is first needed, and the same every time,
// for all random numbers and dates are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

class Socket;
class TLSSocketWrapper;

using Bytes = std::vector<uint8_t>;

/// Which server, and which client it was recorded with.
struct Meeting {
    bool named;     ///< the client knows the server's name; else that there's none to check
    bool mutual;    ///< the client has a certificate, and the server asks for it
    bool datagrams; ///< DTLS
    bool cookie;    ///< DTLS's server first has the client show that it is there (HelloVerifyRequest)

    bool operator<(const Meeting &other) const { return number() < other.number(); }
    int number() const { return named | mutual << 1 | datagrams << 2 | cookie << 3; }
};

struct Recording {
    std::vector<Bytes> packets;  ///< all that the server sent: records, or datagrams
    std::vector<Bytes> messages; ///< the application data in it
};

/// A client that has all that it needs to connect to the server, but for the connection.
std::unique_ptr<TLSSocketWrapper> make_client(const Meeting &meeting, Socket &transport, int control);

/// What the server sent to such a client.
const Recording &recording(const Meeting &meeting);
