// A secure socket, over a stream or over datagrams, whose handshake takes several calls, between which it is used for
// other things and its computations stop in the middle.
#include "client.h"

namespace {

template <typename Transport> void meet(Input &input, const Manner &manner, bool awkward)
{
    Transport transport(input, recording(manner.meeting));
    transport.awkward = awkward;
    use(input, manner, transport);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    const uint8_t bits = input.byte();
    Manner manner(input, bits & 1);
    if (!(bits & 2)) {
        manner.timeout_ms = 0;
    }
    bits & 1 ? meet<EditedDatagrams>(input, manner, bits & 4) : meet<EditedStream>(input, manner, bits & 4);
    return 0;
}
