// The secure socket meets a real server, whose bytes and whose network the fuzzer changes.
#include "client.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    Manner manner(input);
    const Recording &server = recording(manner.named, manner.mutual);
    EditedStream stream(input, server);
    stream.awkward = input.byte() & 1;
    use(input, manner, stream, server.plain_text);
    return 0;
}
