// The line's framing code on this machine, driven by tests/host/test_link_target.py.
#include "agent/pattern.h"
#include "line/frame.h"
#include <algorithm>
#include <cstdio>
#include <vector>
using namespace tlsbench::agent;
using namespace tlsbench::line;

// Reads one line's bytes; writes "<result> <channel> <message in hex>" for each that is not NOTHING, then an empty
// line, a frame of each message that came, and at last a piece of pattern data.
int main()
{
    static uint8_t bytes[cobs_bytes(705)];
    static FrameReader reader(bytes);
    static FrameWriter<1052> writer;
    std::vector<std::vector<uint8_t>> messages;
    for (int c; (c = getchar()) != EOF;) {
        FrameReader::Result result = reader.take(uint8_t(c));
        if (result == FrameReader::NOTHING) {
            continue;
        }
        printf("%d %d ", int(result), result == FrameReader::FRAME ? reader.channel() : 0);
        if (result == FrameReader::FRAME) {
            messages.emplace_back(reader.message(), reader.message() + reader.length());
            for (uint8_t byte : messages.back()) {
                printf("%02x", byte);
            }
        }
        printf("\n");
    }
    printf("\n");
    for (auto &message : messages) {
        std::copy(message.begin(), message.end(), writer.message());
        size_t size = writer.close(AGENT, message.size());
        for (size_t i = 0; i < size; i++) {
            printf("%02x", writer.frame()[i]);
        }
        printf("\n");
    }
    for (uint32_t i = 0; i < 1000; i++) {
        printf("%02x", pattern_byte(i, 77));
    }
    printf("\n");
}
