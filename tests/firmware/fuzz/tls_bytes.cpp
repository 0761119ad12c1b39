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
    for (uint8_t bits = 0; bits < 8; ++bits) {
        Input head(&bits, 1);
        const Recording &server = recording(Manner(head, false).meeting);
        std::ofstream file(std::string((*arguments)[2]) + "/server-" + char('0' + bits), std::ios::binary);
        const char said[] = {char(bits), 0, 0, 0, 0}; // what a Manner is made of, and the size of the pieces
        file.write(said, sizeof said);
        for (const Bytes &record : server.packets) {
            file.write(reinterpret_cast<const char *>(record.data()), std::streamsize(record.size()));
        }
        MUST(file.good());
    }
    exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Input input(data, size);
    Manner manner(input, false);
    RawStream transport(input, input.byte());
    use(input, manner, transport);
    return 0;
}
