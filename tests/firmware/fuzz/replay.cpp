// In the place of libFuzzer: runs a target once with each of the files that it is given.
#include "world.h"

#include <fstream>
#include <iterator>
#include <vector>

extern "C" {
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *count, char ***arguments);
}

int main(int count, char **arguments)
{
    if (LLVMFuzzerInitialize) {
        LLVMFuzzerInitialize(&count, &arguments);
    }
    for (int i = 1; i < count; ++i) {
        fprintf(stderr, "%s\n", arguments[i]); // before the run: a report is about the last one
        std::ifstream file(arguments[i], std::ios::binary);
        std::vector<uint8_t> bytes(std::istreambuf_iterator<char>(file), {});
        MUST(file.good() || file.eof());
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    return count > 1 ? 0 : 2;
}
