// Plays the host at the other end of the line, as the input says: one that keeps to the protocol, and one that does
// not, over a line that loses, doubles, garbles and reorders.
#pragma once

#include "Input.h"
#include "Oracle.h"

namespace offload {

class Player {
public:
    explicit Player(Input &input) : _input(input) {}

    /// Say the next thing.
    void say();

    Oracle oracle;

private:
    void obey();
    void obey(const offload_ToHost &asked);
    void make_up(uint8_t kind);
    offload_ToTarget message();
    uint32_t socket();
    int32_t result();
    Bytes some(size_t most);
    void send(offload_ToTarget &message, const Bytes &data = {});
    void frame(const Bytes &message);
    void give(const Bytes &bytes);

    static constexpr size_t kMost = MBED_CONF_OFFLOAD_FRAME_BYTES;
    using Writer = tlsbench::line::FrameWriter<2 * kMost>; // of frames that are too long, too

    Input &_input;
    uint8_t _room[tlsbench::line::cobs_bytes(kMost + tlsbench::line::kFrameOverhead)];
    tlsbench::line::FrameReader _reader{_room}; ///< the target's
    std::deque<Bytes> _earlier;                 ///< frames that were said, or lost
};

} // namespace offload
