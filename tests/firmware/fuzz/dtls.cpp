// The secure datagram socket meets a real server, whose datagrams and whose network the fuzzer changes.
#include "client.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    Manner manner(input, true);
    EditedDatagrams transport(input, recording(manner.meeting));
    transport.awkward = input.byte() & 1;
    use(input, manner, transport);
    return 0;
}
