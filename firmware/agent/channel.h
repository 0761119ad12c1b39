/* The way to the host: one message at a time, made in place. */
#pragma once

#include "agent.pb.h"

namespace tlsbench::agent {

/// A message under way. Holds the line from construction to destruction; others wait for it.
class Outgoing {
public:
    explicit Outgoing(uint64_t nonce);
    ~Outgoing();
    Outgoing(const Outgoing &) = delete;
    Outgoing &operator=(const Outgoing &) = delete;

    tlsbench_Ready &ready();
    tlsbench_Reply &reply(uint32_t id);
    tlsbench_Rejected &rejected();

    /// Make the frame. What the message was made of is no longer needed.
    void seal();
    /// Send the frame.
    void send();

private:
    size_t _frame_bytes = 0;
};

} // namespace tlsbench::agent
