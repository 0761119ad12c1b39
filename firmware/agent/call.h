/* Makes one call of the socket API, as the host asked, and keeps what came of it. */
#pragma once

#include "capacity.h"
#include "sockets.h"

namespace tlsbench::agent {

/// What came of a call.
struct Outcome {
    int32_t result;
    uint64_t started_us;
    uint64_t finished_us;
    int32_t tls_error;
    uint32_t verify_flags;
    Refusal refusal;
    pb_size_t body;       ///< which body of tlsbench_Reply the answer has, 0 for none
    uint32_t data_length; ///< bytes in the worker's buffer that go with the answer
    tlsbench_Address address;
    tlsbench_Transfer transfer;
};

/// @param id     of the request, told to the emulator's probe
/// @param uses   what SocketTable::use gave for `call`
/// @param buffer kBufferBytes, the worker's own
void make_call(uint32_t id, const tlsbench_Call &call, const Uses &uses, SocketTable &sockets, uint8_t *buffer,
               Outcome &outcome);

void fill_reply(const Outcome &outcome, const uint8_t *buffer, tlsbench_Reply &reply);

} // namespace tlsbench::agent
