#include "identity.h"

#include "capacity.h"
#include "kinds.h"

#include "board_config.h"
#include "platform/clock.h"
#include "platform/entropy.h"

#include <cstdio>
#include <cstring>

// The linker puts the image's build id here (an ELF note: three words, "GNU", then the id).
extern "C" const uint8_t __build_id_start[], __build_id_end[];

namespace tlsbench::agent {

namespace {

constexpr size_t kNoteHead = 16;

template <size_t N> void put(char (&field)[N], const char *text)
{
    snprintf(field, N, "%s", text);
}

void put_build_id(char *text, size_t room)
{
    for (const uint8_t *byte = __build_id_start + kNoteHead; byte < __build_id_end && room > 2; byte++, room -= 2) {
        text += snprintf(text, room, "%02x", *byte);
    }
}

} // namespace

void identify(tlsbench_Hello &hello)
{
    put(hello.board, BOARD_NAME);
    put(hello.profile, TLSBENCH_PROFILE);
    put(hello.configuration, TLSBENCH_CONFIGURATION);
    put(hello.mbedtls, TLSBENCH_MBEDTLS_VERSION);
    put(hello.lwip, TLSBENCH_LWIP_VERSION);
    put(hello.compiler, "gcc " __VERSION__);
    put(hello.entropy, entropy_kind());
    put_build_id(hello.firmware_id, sizeof hello.firmware_id);
#ifdef BOARD_CLOCK_HZ
    hello.clock_hz = core_mhz * 1'000'000;
#endif
    hello.repeats = true;
    hello.workers = kWorkers;
    hello.worker_stack_bytes = kWorkerStackBytes;
    hello.sockets = kSockets;
    hello.blob_bytes = kBlobBytes;
    hello.data_bytes = kDataBytes;
    hello.buffer_bytes = kLongestChunk;
    for (size_t i = 0; i < kind_count(); i++) {
        put(hello.kinds[hello.kinds_count++], kind_at(i).name);
    }
    hello.uptime_us = uptime_us();
}

} // namespace tlsbench::agent
