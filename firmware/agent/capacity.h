/* How much of everything the agent has. All of it is static, as the keys agent.* (mbed_lib.json) say; agent.options.in
   hands some of them on to the messages. */
#pragma once

#include "agent.pb.h"
#include "line/frame.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tlsbench::agent {

constexpr size_t kWorkers = sizeof(tlsbench_Status::workers) / sizeof(tlsbench_WorkerStatus);
constexpr size_t kSockets = sizeof(tlsbench_Status::sockets) / sizeof(tlsbench_SocketStatus);
constexpr size_t kKinds = sizeof(tlsbench_Hello::kinds) / sizeof(tlsbench_Hello::kinds[0]);
constexpr size_t kThreads = sizeof(tlsbench_Stats::threads) / sizeof(tlsbench_ThreadStats);

/// Bytes of one put, send or recv.
constexpr size_t kDataBytes = sizeof(tlsbench_Data_data_t::bytes);
static_assert(kDataBytes == sizeof(tlsbench_Send_data_t::bytes) && kDataBytes == sizeof(tlsbench_Put_data_t::bytes));

/// Bytes of a socket's or kind's name, final zero included.
constexpr size_t kNameBytes = sizeof(tlsbench_Call::socket);

/// Each worker's own buffer: what a recv fills, and one chunk of pattern data.
constexpr size_t kBufferBytes = MBED_CONF_AGENT_BUFFER_BYTES;
static_assert(kBufferBytes >= kDataBytes, "agent.buffer-bytes is less than agent.data-bytes");

/// One buffer more, for longer chunks; 0: there is none.
constexpr size_t kLargeBufferBytes = MBED_CONF_AGENT_LARGE_BUFFER_BYTES;
constexpr size_t kLongestChunk = kLargeBufferBytes > kBufferBytes ? kLargeBufferBytes : kBufferBytes;

constexpr size_t kBlobBytes = MBED_CONF_AGENT_BLOB_BYTES;
constexpr size_t kWorkerStackBytes = MBED_CONF_AGENT_WORKER_STACK_BYTES;
constexpr size_t kSmallestStackBytes = 512;
constexpr size_t kAgentStackBytes = MBED_CONF_AGENT_AGENT_STACK_BYTES;
static_assert(kWorkerStackBytes % 32 == 0 && kAgentStackBytes % 32 == 0, "stacks are multiples of 32 bytes");

/// Bytes of channel, message and CRC in a frame. The agent reads the line for all channels.
constexpr size_t kReceivePayload =
    std::max<size_t>(tlsbench_Request_size, MBED_CONF_OFFLOAD_FRAME_BYTES) + line::kFrameOverhead;
constexpr size_t kSendPayload = tlsbench_Notice_size + line::kFrameOverhead;

} // namespace tlsbench::agent
