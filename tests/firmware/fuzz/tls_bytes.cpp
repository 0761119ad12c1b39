// The secure socket is given arbitrary bytes. A real server's, to begin with, are written by: tls_bytes --seeds FOLDER
#include "client.h"

#include "world.h"

#include <cstring>
#include <fstream>
#include <string>

extern "C" int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    if (*count != 3 || strcmp((*arguments)[1], "--seeds") != 0) {
        return 0;
    }
    for (uint8_t bits = 0; bits < 8; ++bits) { // see Manner
        const Recording &server = recording(!(bits & 2), bits & 4);
        std::ofstream file(std::string((*arguments)[2]) + "/server-" + char('0' + bits), std::ios::binary);
        const char head[] = {char(bits), 0, 0, 0, 0};
        file.write(head, sizeof head);
        file.write(reinterpret_cast<const char *>(server.bytes.data()), std::streamsize(server.bytes.size()));
        MUST(file.good());
    }
    exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    Manner manner(input);
    RawStream stream(input, input.byte());
    use(input, manner, stream, recording(manner.named, manner.mutual).plain_text);
    return 0;
}
