/* How much of everything the agent has. All of it is static, as the keys agent.* (mbed_lib.json) say; agent.options.in
   hands some of them on to the messages. */
#pragma once

#include "agent.pb.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench::agent {

/// Raised with every change of agent.proto that an older side would misread; PROTOCOL_VERSION on the host.
constexpr uint8_t kProtocolVersion = 1;
// The host tells console text from a frame by this byte, so it must be none that text has.
static_assert(kProtocolVersion > 0 && kProtocolVersion < '\t');

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

constexpr size_t kBlobBytes = MBED_CONF_AGENT_BLOB_BYTES;
constexpr size_t kWorkerStackBytes = MBED_CONF_AGENT_WORKER_STACK_BYTES;
constexpr size_t kSmallestStackBytes = 512;
constexpr size_t kAgentStackBytes = MBED_CONF_AGENT_AGENT_STACK_BYTES;
static_assert(kWorkerStackBytes % 32 == 0 && kAgentStackBytes % 32 == 0, "stacks are multiples of 32 bytes");

/// Bytes of version, message and CRC in a frame.
constexpr size_t kFrameOverhead = 1 + 4;
constexpr size_t kReceivePayload = tlsbench_Request_size + kFrameOverhead;
constexpr size_t kSendPayload = tlsbench_Notice_size + kFrameOverhead;

} // namespace tlsbench::agent
