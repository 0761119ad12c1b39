#include "channel.h"

#include "capacity.h"
#include "line/frame.h"

#include "drivers/serial.h"
#include "platform/mbed_assert.h"
#include "rtos/Mutex.h"

#include <pb_encode.h>

namespace tlsbench::agent {

namespace {

rtos::Mutex mutex;
tlsbench_Notice notice; // under `mutex`, like the next
line::FrameWriter<kSendPayload> writer;

} // namespace

Outgoing::Outgoing(uint64_t nonce)
{
    mutex.lock();
    notice = {};
    notice.nonce = nonce;
}

Outgoing::~Outgoing()
{
    mutex.unlock();
}

tlsbench_Ready &Outgoing::ready()
{
    notice.which_kind = tlsbench_Notice_ready_tag;
    return notice.kind.ready;
}

tlsbench_Reply &Outgoing::reply(uint32_t id)
{
    notice.which_kind = tlsbench_Notice_reply_tag;
    notice.kind.reply.id = id;
    return notice.kind.reply;
}

tlsbench_Rejected &Outgoing::rejected()
{
    notice.which_kind = tlsbench_Notice_rejected_tag;
    return notice.kind.rejected;
}

void Outgoing::seal()
{
    pb_ostream_t stream = pb_ostream_from_buffer(writer.message(), writer.room());
    bool fits = pb_encode(&stream, tlsbench_Notice_fields, &notice);
    MBED_ASSERT(fits); // the room is what the schema's largest message takes
    _frame_bytes = writer.close(line::AGENT, stream.bytes_written);
}

void Outgoing::send()
{
    serial_write(writer.frame(), _frame_bytes);
}

} // namespace tlsbench::agent
