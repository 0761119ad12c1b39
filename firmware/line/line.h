/* The board's one serial line, shared by channels. One thread reads it: the agent's in an image that has the agent,
   else one of the line's own (reader.cpp). */
#pragma once

#include "line/frame.h"

namespace tlsbench::line {

/// Whoever has a channel besides the agent. Called by the thread that reads.
class Client {
public:
    virtual void take(const uint8_t *message, size_t length) = 0;

    /// A frame was damaged, perhaps one for this channel.
    virtual void damaged() = 0;

    /// Do what time asks for.
    /// @return milliseconds until it has to be called again, at the latest
    virtual uint32_t tick() = 0;

protected:
    ~Client() = default;
};

/// The channel's client from now on. There is one at the most.
void attach(Channel channel, Client &client);

/// See that somebody reads the line. Defined by the agent, or by reader.cpp.
void start_reading();

// --- for the thread that reads ---

/// Hand on a frame that is not the reader's own.
/// @return false if nobody has the channel
bool dispatch(const FrameReader &frame);

/// Tell the client of a frame that was none.
void tell_damaged();

/// Read bytes of the line for a client that has it alone, but for the console's text.
void read(FrameReader &reader, const uint8_t *bytes, size_t count);

/// Call before each wait for the line.
/// @return milliseconds that the wait may take; osWaitForever without a client
uint32_t tick();

} // namespace tlsbench::line
