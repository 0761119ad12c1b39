#include "check.h"

#include "platform/stack.h"

#include <algorithm>
#include <cstring>

namespace {

TLSBENCH_STACK(helper_stack, 2048);
TLSBENCH_STACK(second_stack, 2048);
char buffer[2048];

Verdict receive_timeout(const char *argument)
{
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    int result = 0;
    socket.set_timeout(300);
    EXPECT_BETWEEN(300, 300 + slack_ms, soonest_ms(300, [&]() { result = socket.recv(buffer, 1); }));
    EXPECT(NSAPI_ERROR_WOULD_BLOCK, result);
    socket.set_blocking(false);
    EXPECT_BETWEEN(0, slack_ms, soonest_ms(0, [&]() { result = socket.recv(buffer, 1); }));
    EXPECT(NSAPI_ERROR_WOULD_BLOCK, result);
    return verdict(true, "");
}

/// Send to a peer that doesn't read until its window and our buffer are full: a send with a timeout tells.
Verdict fill(TCPSocket &socket, const char *argument)
{
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    socket.set_timeout(500);
    int result = 0;
    uint32_t sent = 0, took = 0;
    int late = 0; // as in soonest_ms(); what was sent in part goes on
    do {
        sent += result > 0 ? uint32_t(result) : 0;
        took = elapsed_ms([&]() { result = socket.send(buffer, sizeof buffer); });
    } while (result == int(sizeof buffer) || (took > 500 + slack_ms && ++late < 5));
    EXPECT_BETWEEN(500, 500 + slack_ms, took);
    EXPECT(true, result == NSAPI_ERROR_WOULD_BLOCK || (result > 0 && result < int(sizeof buffer)));
    return verdict(true, "%u bytes fit", unsigned(sent + (result > 0 ? uint32_t(result) : 0)));
}

Verdict send_window(const char *argument)
{
    TCPSocket socket;
    const Verdict filled = fill(socket, argument);
    if (!filled.pass) {
        return filled;
    }
    int result = 0;
    socket.set_blocking(false);
    EXPECT_BETWEEN(0, slack_ms, soonest_ms(0, [&]() { result = socket.send(buffer, sizeof buffer); }));
    EXPECT(NSAPI_ERROR_WOULD_BLOCK, result);
    return filled;
}

/// The peer begins to read a while after it is told that it's full: the blocked send goes on.
Verdict send_resumes(const char *argument)
{
    TCPSocket socket;
    const Verdict filled = fill(socket, argument);
    if (!filled.pass) {
        return filled;
    }
    int result = 0;
    socket.set_blocking(true);
    EXPECT_BETWEEN(200, 10'000, elapsed_ms([&]() {
                       puts("FULL"); // the peer's while begins here at the earliest
                       result = socket.send(buffer, sizeof buffer);
                   }));
    EXPECT(sizeof buffer, result);
    return filled;
}

/// Argument: address and port of somebody who never answers.
Verdict connect_timeout(const char *argument)
{
    char address[NSAPI_IPv4_SIZE] = {};
    memcpy(address, argument, std::min(sizeof address - 1, strcspn(argument, " ")));
    const SocketAddress nobody(address, host(behind_space(argument)).get_port());
    uint32_t took = 0;
    for (int tries = 0; tries < 5 && (!tries || took > 400 + slack_ms); tries++) { // as in soonest_ms()
        TCPSocket socket;
        EXPECT(NSAPI_ERROR_OK, socket.open(network()));
        socket.set_timeout(400);
        int result = 0;
        took = elapsed_ms([&]() { result = socket.connect(nobody); });
        EXPECT(NSAPI_ERROR_IN_PROGRESS, result);
        EXPECT(NSAPI_ERROR_ALREADY, socket.connect(nobody));
        EXPECT(NSAPI_ERROR_OK, socket.close());
    }
    EXPECT_BETWEEN(400, 400 + slack_ms, took);
    return verdict(true, "");
}

struct Blocked {
    TCPSocket socket;
    volatile int result = 1;

    void receive()
    {
        _begun.release();
        result = socket.recv(buffer, sizeof buffer);
    }

    /// The thread that receives waits for data.
    void wait(const Thread &thread)
    {
        _begun.acquire();
        while (thread.get_state() != Thread::WaitingEventFlag && result == 1) {
            ThisThread::sleep_for(1ms);
        }
    }

private:
    Semaphore _begun{0};
};

Verdict close_wakes(const char *argument)
{
    Blocked blocked;
    EXPECT(NSAPI_ERROR_OK, blocked.socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, blocked.socket.connect(host(argument)));
    Thread helper(osPriorityNormal, sizeof helper_stack, helper_stack, "helper");
    helper.start(callback(&blocked, &Blocked::receive));
    blocked.wait(helper);
    EXPECT(1, blocked.result);
    char byte;
    EXPECT(NSAPI_ERROR_BUSY, blocked.socket.recv(&byte, 1));
    EXPECT(1, blocked.socket.send("x", 1)); // sending meanwhile is fine
    EXPECT(NSAPI_ERROR_OK, blocked.socket.close());
    helper.join(); // it has left the socket, but perhaps not yet told of it
    EXPECT(NSAPI_ERROR_NO_SOCKET, blocked.result);
    return verdict(true, "");
}

/// While one thread's close() waits for a receiver of low priority to leave, another thread opens the socket.
Verdict open_during_close(const char *argument)
{
    static nsapi_error_t closed;
    Blocked blocked;
    closed = 1;
    EXPECT(NSAPI_ERROR_OK, blocked.socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, blocked.socket.connect(host(argument)));
    Thread receiver(osPriorityLow, sizeof helper_stack, helper_stack, "helper");
    receiver.start(callback(&blocked, &Blocked::receive));
    blocked.wait(receiver);
    EXPECT(1, blocked.result);
    Thread closer(osPriorityAboveNormal, sizeof second_stack, second_stack, "closer");
    closer.start([&blocked]() { closed = blocked.socket.close(); }); // runs at once, until it waits
    EXPECT(1, closed);
    const nsapi_error_t opened = blocked.socket.open(network());
    for (int i = 0; i < 100 && closed == 1; i++) {
        ThisThread::sleep_for(10ms);
    }
    EXPECT(NSAPI_ERROR_OK, closed);
    EXPECT(NSAPI_ERROR_BUSY, opened);
    closer.join();
    receiver.join();
    EXPECT(NSAPI_ERROR_NO_SOCKET, blocked.result);
    EXPECT(NSAPI_ERROR_OK, blocked.socket.open(network()));
    return verdict(true, "");
}

Verdict sigio_fires(const char *argument)
{
    TCPSocket socket;
    static volatile int fired = 0;
    fired = 0;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    socket.set_blocking(false);
    socket.sigio([]() { fired = fired + 1; });
    EXPECT(0, fired);
    EXPECT(4, socket.send("ping", 4));
    for (int i = 0; i < 1000 && socket.recv(buffer, 4) == NSAPI_ERROR_WOULD_BLOCK; i++) {
        ThisThread::sleep_for(10ms);
    }
    EXPECT_BETWEEN(1, 4, fired); // acknowledged, and answered
    socket.sigio(nullptr);
    return verdict(true, "%d times", fired);
}

} // namespace

const Check blocking_checks[] = {
    {"receive_timeout", receive_timeout}, {"send_window", send_window}, {"send_resumes", send_resumes},
    {"connect_timeout", connect_timeout}, {"close_wakes", close_wakes}, {"open_during_close", open_during_close},
    {"sigio_fires", sigio_fires},         {nullptr, nullptr},
};
