#include "line/line.h"

#include "rtos/mbed_rtos_types.h"

namespace tlsbench::line {

namespace {

// Attached by constructors, whose order is not told: these are there before.
Client *client = nullptr;
Channel channel;

} // namespace

void attach(Channel its_channel, Client &its_client)
{
    channel = its_channel;
    client = &its_client;
}

bool dispatch(const FrameReader &frame)
{
    if (!client || frame.channel() != channel) {
        return false;
    }
    client->take(frame.message(), frame.length());
    return true;
}

void tell_damaged()
{
    if (client) {
        client->damaged();
    }
}

void read(FrameReader &reader, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const FrameReader::Result result = reader.take(bytes[i]);
        if (result == FrameReader::FRAME) {
            dispatch(reader);
        } else if (result != FrameReader::NOTHING) {
            tell_damaged();
        }
    }
}

uint32_t tick()
{
    return client ? client->tick() : osWaitForever;
}

} // namespace tlsbench::line
