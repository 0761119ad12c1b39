// The agent's frame decoder is given what comes over a serial line: the bytes as they are, or framed as messages first.
#include "Input.h"
#include "world.h"

#include "agent/capacity.h"
#include "line/frame.h"

#include <agent.pb.h>
#include <cstring>
#include <pb_decode.h>
#include <pb_encode.h>
#include <vector>

using namespace tlsbench::agent;
using namespace tlsbench::line;

namespace {

/// What the agent does with a message; what it understands it also has to be able to say.
void read_message(const uint8_t *message, size_t length)
{
    static tlsbench_Request request, again;
    pb_istream_t stream = pb_istream_from_buffer(message, length);
    if (!pb_decode(&stream, tlsbench_Request_fields, &request)) {
        return;
    }
    static uint8_t room[tlsbench_Request_size];
    pb_ostream_t out = pb_ostream_from_buffer(room, sizeof room);
    MUST(pb_encode(&out, tlsbench_Request_fields, &request));
    stream = pb_istream_from_buffer(room, out.bytes_written);
    MUST(pb_decode(&stream, tlsbench_Request_fields, &again));
    MUST(again.which_op == request.which_op && again.nonce == request.nonce && again.id == request.id);
}

/// @return the messages in the line's bytes
std::vector<std::vector<uint8_t>> read_line(FrameReader &reader, const uint8_t *line, size_t size)
{
    std::vector<std::vector<uint8_t>> messages;
    for (size_t i = 0; i < size; ++i) {
        if (reader.take(line[i]) == FrameReader::FRAME) {
            MUST(reader.length() <= kReceivePayload - kFrameOverhead);
            messages.emplace_back(reader.message(), reader.message() + reader.length());
            read_message(reader.message(), reader.length());
        }
    }
    return messages;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[cobs_bytes(kReceivePayload)];
    static FrameReader reader(bytes);
    static FrameWriter<kSendPayload> writer;
    reader.take(0); // whatever the input before it left
    Input input(data, size);
    if (input.byte() % 2) {
        read_line(reader, data + 1, size - 1);
        return 0;
    }
    size_t length = kReceivePayload - kFrameOverhead;
    const uint8_t *message = input.bytes(length);
    std::copy_n(message, length, writer.message());
    size_t framed = writer.close(AGENT, length);
    auto messages = read_line(reader, writer.frame(), framed);
    MUST(messages.size() == 1 && messages[0] == std::vector<uint8_t>(message, message + length));

    // A flipped bit never gives another message.
    std::vector<uint8_t> line(writer.frame(), writer.frame() + framed);
    line[input.word() % framed] ^= uint8_t(1 << input.byte() % 8);
    for (auto &message : read_line(reader, line.data(), framed)) {
        MUST(message == messages[0]);
    }
    return 0;
}
