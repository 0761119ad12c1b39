// Knows what the stack under test must have taken of what the host said, and looks at all that it says itself.
#pragma once

#include "line/frame.h"
#include "stacks/offload/TcpConnection.h"
#include "stacks/offload/UdpEndpoint.h"

#include <deque>
#include <map>
#include <set>
#include <vector>

namespace offload {

using tlsbench::offload::TcpConnection;
using tlsbench::offload::UdpEndpoint;
using Bytes = std::vector<uint8_t>;

constexpr size_t kTcp = MBED_CONF_OFFLOAD_SOCKETS, kUdp = MBED_CONF_OFFLOAD_DATAGRAM_SOCKETS;

/// Byte of a stream that an application sends.
inline uint8_t pattern(uint32_t at)
{
    return uint8_t(at * 167 + 13);
}

class Oracle {
public:
    /// A byte comes to the target.
    void before(uint8_t byte);
    /// It has been read.
    void after();

    /// The target wrote a frame.
    void hears(const uint8_t *frame, size_t bytes);

    struct Datagram {
        uint32_t address;
        uint16_t port;
        Bytes data;
    };

    /// What came for the sockets of the pools and was not read.
    std::vector<uint8_t> stream[kTcp];
    std::deque<Datagram> datagrams[kUdp];

    /// What is being read from just now, and how much of it at most. It may have been taken, but is still above.
    struct {
        uint32_t number = 0;
        size_t most = 0;
    } reading;

    /// The question that was asked last. It may be answered once.
    struct {
        uint32_t id;
        bool answered;
        int32_t result;
    } question{};

    /// First answer for each name that was asked for.
    std::map<uint32_t, offload_Resolved> resolved;

    // --- for who plays the host ---

    uint32_t session = 0;
    uint32_t asked_for = 0;              ///< id of the newest hello
    uint32_t next = 1;                   ///< sequence of the host's next message
    uint32_t heard = 0;                  ///< last message of the target's that came in order
    std::deque<offload_ToHost> asked;    ///< what wants an answer
    std::vector<uint32_t> sockets = {0}; ///< every number that the target named

private:
    void take(const offload_ToTarget &message, const Bytes &data);
    void take_datagram(size_t index, const offload_ToTarget &message, const Bytes &data);
    void hear_in_order(const offload_ToHost &message, const Bytes &data);
    void look_at_pools();
    void hear_limit(uint32_t number, uint32_t limit, bool first);
    bool room(uint32_t number, uint32_t &most) const;

    uint8_t _room[tlsbench::line::cobs_bytes(MBED_CONF_OFFLOAD_FRAME_BYTES + tlsbench::line::kFrameOverhead)];
    tlsbench::line::FrameReader _reader{_room};
    bool _was_up = false;
    uint32_t _maybe = 0;    ///< session of the welcome that is just being read
    uint32_t _id = 0;       ///< its id
    uint32_t _expected = 1; ///< by the target
    std::vector<Bytes> _said;
    uint32_t _tcp_numbers[kTcp] = {}, _udp_numbers[kUdp] = {};
    size_t _missing[kUdp] = {};
    uint32_t _tcp_came[kTcp] = {}, _udp_came[kUdp] = {}; ///< bytes in all
    std::map<uint32_t, uint32_t> _limits, _sent;
    std::map<uint32_t, uint32_t> _told; ///< limits, by the target
    std::set<uint32_t> _shared;         ///< numbers that the host gave to several
};

} // namespace offload
