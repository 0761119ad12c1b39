// What a real server sends to the client under test: recorded once, when it is first needed, and the same every time,
// for all random numbers and dates are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

class TLSSocketWrapper;

struct Recording {
    std::vector<uint8_t> bytes;      ///< all that the server sent
    std::vector<size_t> records;     ///< where in `bytes` each record begins, and the end of the last one
    std::vector<uint8_t> plain_text; ///< the application data in it
};

/// Give a client all that it needs to connect to the server.
/// @param named  whether it is told the server's name; else that there's none to check
/// @param mutual whether it has a certificate, and the server asks for it
void set_up(TLSSocketWrapper &client, bool named, bool mutual);

/// What the server sent to such a client.
const Recording &recording(bool named, bool mutual);
