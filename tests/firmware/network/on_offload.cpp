// With the offload stack, which has a channel of the serial line: a command is a frame of the agent's channel, and this
// program reads the line in the agent's place. Checks of what the stack does not do, each with the error it promises.
#include "check.h"

#include "drivers/serial.h"
#include "line/line.h"
#include "platform/mbed_assert.h"
#include "platform/stack.h"

#include <algorithm>
#include <new>

namespace line = tlsbench::line;

namespace {

TLSBENCH_STACK(reader_stack, 4096);
uint8_t bytes[line::cobs_bytes(512)];
char command[400];
// As the thread: the end of a process, which destroys what is static, does not wait for who uses them.
rtos::Semaphore &came = *new rtos::Semaphore(0);
rtos::Semaphore &taken = *new rtos::Semaphore(1);

void read()
{
    line::FrameReader reader(bytes);
    for (;;) {
        uint8_t some[64];
        const auto wait = rtos::Kernel::Clock::duration_u32(line::tick());
        const size_t count = tlsbench::serial_read(some, sizeof some, wait);
        for (size_t i = 0; i < count; i++) {
            const line::FrameReader::Result result = reader.take(some[i]);
            if (result == line::FrameReader::FRAME && reader.channel() == line::AGENT) {
                taken.acquire();
                const size_t length = std::min(reader.length(), sizeof command - 1);
                memcpy(command, reader.message(), length);
                command[length] = '\0';
                came.release();
            } else if (result == line::FrameReader::FRAME) {
                line::dispatch(reader);
            } else if (result != line::FrameReader::NOTHING) {
                line::tell_damaged();
            }
        }
    }
}

/// The host opens sockets to its own addresses only, and has a name server of its own.
Verdict not_done(const char *)
{
    SocketAddress address;
    EXPECT(true, network()->get_mac_address() == nullptr);
    EXPECT(NSAPI_ERROR_UNSUPPORTED, network()->add_dns_server("127.0.0.1"));
    EXPECT(NSAPI_ERROR_NO_ADDRESS, network()->get_dns_server(0, &address));
    EXPECT(NSAPI_ERROR_PARAMETER, network()->set_network("::1", "::", "::"));
    EXPECT(NSAPI_ERROR_DNS_FAILURE, network()->gethostbyname("known.test", &address, NSAPI_IPv6));

    TCPSocket tcp;
    EXPECT(NSAPI_ERROR_OK, tcp.open(network()));
    EXPECT(NSAPI_ERROR_PARAMETER, tcp.bind(SocketAddress("192.0.2.1")));
    EXPECT(NSAPI_ERROR_PARAMETER, tcp.bind(SocketAddress("::1")));
    EXPECT(NSAPI_ERROR_PARAMETER, tcp.connect(SocketAddress("::1", 80)));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, tcp.connect(SocketAddress("192.0.2.1", 80)));
    EXPECT(NSAPI_ERROR_NO_CONNECTION, tcp.connect(SocketAddress("192.0.2.1", 80)));

    UDPSocket udp;
    EXPECT(NSAPI_ERROR_OK, udp.open(network()));
    EXPECT(NSAPI_ERROR_PARAMETER, udp.bind(SocketAddress("192.0.2.1")));
    EXPECT(1, udp.sendto(SocketAddress("192.0.2.1", 80), "x", 1)); // nobody hears of a lost datagram
    const int value = 1;
    EXPECT(NSAPI_ERROR_UNSUPPORTED, udp.setsockopt(NSAPI_TLSSOCKET_LEVEL, NSAPI_TLSSOCKET_ENABLE, &value, 1));
    return verdict(true, "");
}

} // namespace

const char *const host_address = "127.0.0.1";
const uint32_t slack_ms = 500; // a process shares its machine with others

void line::start_reading() {} // it is read from the first command on

void read_command(char *to, size_t size)
{
    alignas(rtos::Thread) static unsigned char storage[sizeof(rtos::Thread)];
    static rtos::Thread *reader = nullptr;
    if (!reader) {
        reader = new (storage) rtos::Thread(osPriorityAboveNormal, sizeof reader_stack, reader_stack, "line");
        const osStatus status = reader->start(read);
        MBED_ASSERT(status == osOK);
    }
    came.acquire();
    strncpy(to, command, size - 1);
    to[size - 1] = '\0';
    taken.release();
}

const Check stack_checks[] = {{"not_done", not_done}, {nullptr, nullptr}};
