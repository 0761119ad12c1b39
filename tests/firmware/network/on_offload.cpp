// With the offload stack, which has a channel of the serial line: a command is a frame of the agent's channel, and this
// program reads the line in the agent's place. Checks of what the stack does not do, each with the error it promises.
#include "check.h"
#include "stand_in_stack.h"

#include "drivers/serial.h"
#include "line/line.h"
#include "netsocket/nsapi.h"
#include "platform/mbed_assert.h"
#include "platform/stack.h"
#include "stacks/offload/Session.h"

#include <pb_encode.h>

#include <algorithm>
#include <atomic>
#include <new>

namespace line = tlsbench::line;
namespace offload = tlsbench::offload;

namespace {

TLSBENCH_STACK(reader_stack, 4096);
TLSBENCH_STACK(caller_stack, 4096);
TLSBENCH_STACK(holder_stack, 4096);
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

/// The line is held while a thread that writes to it is terminated: who comes after it still can.
Verdict terminated_writer(const char *)
{
    static TCPSocket socket;
    const int value = 1;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    const auto set = [&value] { return socket.setsockopt(NSAPI_SOCKET, NSAPI_KEEPALIVE, &value, sizeof value); };
    rtos::Semaphore held(0);
    rtos::Thread holder(osPriorityNormal, sizeof holder_stack, holder_stack, "holder");
    holder.start([&held] {
        tlsbench::serial_lock();
        held.release();
        ThisThread::sleep_for(60ms);
        tlsbench::serial_unlock();
    });
    held.acquire();
    rtos::Thread caller(osPriorityNormal, sizeof caller_stack, caller_stack, "caller");
    caller.start([set] { set(); });
    ThisThread::sleep_for(20ms);
    caller.terminate();
    holder.join();
    EXPECT(NSAPI_ERROR_OK, set());
    EXPECT(NSAPI_ERROR_OK, socket.close());
    return verdict(true, "");
}

// A thread asks the host, is terminated before there is an answer, and its memory is used for something else.
TCPSocket asking;
alignas(rtos::Thread) unsigned char asker_storage[sizeof(rtos::Thread)];
uint32_t asked_for;
unsigned asked_size;

Verdict ask(const char *)
{
    EXPECT(NSAPI_ERROR_OK, asking.open(network()));
    auto *const asker = new (asker_storage) rtos::Thread(osPriorityNormal, sizeof caller_stack, caller_stack, "asker");
    asked_size = sizeof asked_for;
    asker->start([] { asking.getsockopt(NSAPI_TLSSOCKET_LEVEL, 100, &asked_for, &asked_size); });
    return verdict(true, "");
}

Verdict terminated_asker(const char *)
{
    reinterpret_cast<rtos::Thread *>(asker_storage)->terminate();
    asked_for = asked_size = 0xaaaaaaaa;
    SocketAddress address;
    EXPECT(NSAPI_ERROR_OK, network()->gethostbyname("known.test", &address)); // the late answer comes before this one
    EXPECT(0xaaaaaaaa, asked_for);
    EXPECT(0xaaaaaaaa, asked_size);
    EXPECT(NSAPI_ERROR_OK, asking.close());
    return verdict(true, "");
}

/// A welcome of the host's to whatever session was asked for.
void welcome(offload::Session &session)
{
    offload_ToTarget message = offload_ToTarget_init_zero;
    message.session = 1;
    message.which_what = offload_ToTarget_welcome_tag;
    for (message.what.welcome.id = 1; !session.up(); message.what.welcome.id++) {
        uint8_t encoded[64];
        pb_ostream_t stream = pb_ostream_from_buffer(encoded, sizeof encoded);
        const bool fits = pb_encode(&stream, offload_ToTarget_fields, &message);
        MBED_ASSERT(fits);
        session.take(encoded, stream.bytes_written);
    }
}

/// A question is over with its session, also for who does not look before there is another.
Verdict question_of_ended_session(const char *)
{
    static TCPSocket socket;
    static nsapi_error_t result = NSAPI_ERROR_OK;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    rtos::Thread asker(osPriorityNormal, sizeof caller_stack, caller_stack, "asker");
    asker.start([] {
        unsigned size = sizeof asked_for;
        result = socket.getsockopt(NSAPI_TLSSOCKET_LEVEL, 100, &asked_for, &size);
    });
    while (asker.get_state() != rtos::Thread::WaitingEventFlag) {
        ThisThread::sleep_for(1ms);
    }
    {
        offload::Session::Turn turn; // which keeps the asker from looking
        offload::Session::instance().end();
        offload::Session::instance().begin();
        welcome(offload::Session::instance());
    }
    asker.join();
    // Else it has waited for the end of this session, too.
    EXPECT(NSAPI_STATUS_GLOBAL_UP, network()->get_connection_status());
    EXPECT(NSAPI_ERROR_NO_CONNECTION, result);
    EXPECT(NSAPI_ERROR_OK, socket.close());
    return verdict(true, "");
}

#if MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
/// Never answers, and takes its time to forget that it was asked.
class SlowNames final : public StandInStack {
public:
    rtos::Semaphore asked{0};
    std::atomic<bool> forgot{false};

private:
    nsapi_value_or_error_t gethostbyname_async(const char *, hostbyname_cb_t, nsapi_version_t, const char *) override
    {
        asked.release();
        return 1;
    }
    nsapi_error_t gethostbyname_async_cancel(int) override
    {
        ThisThread::sleep_for(50ms);
        forgot = true;
        return NSAPI_ERROR_OK;
    }
};

/// What needs no network to be refused.
Verdict secure_refusals(const char *)
{
    SlowNames names;
    TLSSocket socket;
    EXPECT(NSAPI_ERROR_PARAMETER, socket.connect(nullptr, 443));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.connect("", 443));
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.connect("server.test", 443));
    EXPECT(NSAPI_ERROR_NO_SOCKET, socket.connect(SocketAddress("192.0.2.1", 443)));
    EXPECT(NSAPI_ERROR_OK, socket.open(&names));
    EXPECT(NSAPI_ERROR_PARAMETER, socket.set_hostname(""));
    EXPECT(NSAPI_ERROR_OK, socket.set_hostname(nullptr));
    EXPECT(false, names.asked.try_acquire());
    return verdict(true, "");
}

/// close() waits until a connect() of another thread has done all that it does: the socket may end with it.
Verdict close_during_connect(const char *)
{
    SlowNames names;
    auto *const socket = new TLSSocket;
    EXPECT(NSAPI_ERROR_OK, socket->open(&names));
    nsapi_error_t result = NSAPI_ERROR_OK;
    rtos::Thread caller(osPriorityNormal, sizeof caller_stack, caller_stack, "caller");
    caller.start([&result, socket] { result = socket->connect("slow.test", 443); });
    names.asked.acquire();
    EXPECT(NSAPI_ERROR_BUSY, socket->connect("other.test", 443));
    EXPECT(NSAPI_ERROR_OK, socket->close());
    const bool over = names.forgot;
    delete socket;
    caller.join();
    EXPECT(true, over);
    EXPECT(NSAPI_ERROR_NO_SOCKET, result);
    return verdict(true, "");
}
#endif

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

const Check stack_checks[] = {{"not_done", not_done},
                              {"terminated_writer", terminated_writer},
                              {"ask", ask},
                              {"terminated_asker", terminated_asker},
                              {"question_of_ended_session", question_of_ended_session},
#if MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
                              {"close_during_connect", close_during_connect},
                              {"secure_refusals", secure_refusals},
#endif
                              {nullptr, nullptr}};
