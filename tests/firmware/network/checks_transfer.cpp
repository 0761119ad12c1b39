#include "check.h"

#include <cstring>

namespace {

constexpr uint32_t transfer_bytes = 1024 * 1024;
uint8_t buffer[4096];

uint8_t pattern(uint32_t i)
{
    return uint8_t((i * 167) ^ (i >> 8));
}

Verdict throughput(uint32_t bytes, uint32_t milliseconds)
{
    return verdict(true, "%u bytes in %u ms: %u KiB/s", unsigned(bytes), unsigned(milliseconds),
                   unsigned(uint64_t(bytes) * 1000 / 1024 / (milliseconds ? milliseconds : 1)));
}

Verdict echo(const char *argument)
{
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    const uint64_t start = Kernel::get_ms_count();
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    const uint32_t connected = uint32_t(Kernel::get_ms_count() - start);
    uint8_t sent[1000];
    for (uint32_t i = 0; i < sizeof sent; i++) {
        sent[i] = pattern(i);
    }
    EXPECT(sizeof sent, socket.sendto(SocketAddress(), sent, sizeof sent));
    size_t got = 0;
    while (got < sizeof sent) {
        SocketAddress from;
        const int size = socket.recvfrom(&from, buffer + got, sizeof sent - got);
        EXPECT_BETWEEN(1, sizeof sent, size);
        EXPECT(true, from == host(argument));
        got += size_t(size);
    }
    EXPECT(0, memcmp(sent, buffer, sizeof sent));
    return verdict(true, "connected in %u ms, all in %u ms", unsigned(connected),
                   unsigned(Kernel::get_ms_count() - start));
}

Verdict receive_pattern(const char *argument)
{
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    const uint64_t start = Kernel::get_ms_count();
    uint32_t got = 0;
    while (true) {
        const int size = socket.recv(buffer, sizeof buffer);
        EXPECT_BETWEEN(0, sizeof buffer, size);
        if (size == 0) {
            break;
        }
        for (int i = 0; i < size; i++) {
            EXPECT(pattern(got + uint32_t(i)), buffer[i]);
        }
        got += uint32_t(size);
    }
    EXPECT(transfer_bytes, got);
    return throughput(got, uint32_t(Kernel::get_ms_count() - start));
}

Verdict send_pattern(const char *argument)
{
    TCPSocket socket;
    EXPECT(NSAPI_ERROR_OK, socket.open(network()));
    EXPECT(NSAPI_ERROR_OK, socket.connect(host(argument)));
    const uint64_t start = Kernel::get_ms_count();
    for (uint32_t sent = 0; sent < transfer_bytes; sent += sizeof buffer) {
        for (uint32_t i = 0; i < sizeof buffer; i++) {
            buffer[i] = pattern(sent + i);
        }
        EXPECT(sizeof buffer, socket.send(buffer, sizeof buffer));
    }
    // The peer answers when it has everything, and all of it is right.
    EXPECT(1, socket.recv(buffer, 1));
    EXPECT('y', buffer[0]);
    return throughput(transfer_bytes, uint32_t(Kernel::get_ms_count() - start));
}

/// Read the pattern to the end of the stream.
Verdict read_all(TCPSocket &socket, uint32_t *got)
{
    *got = 0;
    for (int size = 0; (size = socket.recv(buffer, sizeof buffer)) != 0; *got += uint32_t(size)) {
        EXPECT_BETWEEN(1, sizeof buffer, size);
        for (int i = 0; i < size; i++) {
            EXPECT(pattern(*got + uint32_t(i)), buffer[i]);
        }
    }
    return verdict(true, "");
}

/// The data of every connection that there can be is left lying but for one, which works all the same. Then all of it
/// is read. Argument: the port of a peer that sends the pattern, then that of an echo.
Verdict stalled_neighbours(const char *argument)
{
    static TCPSocket sockets[16];
    int count = 0;
    while (count < 16 && sockets[count].open(network()) == NSAPI_ERROR_OK) {
        count++;
    }
    EXPECT(NSAPI_ERROR_OK, sockets[--count].close());
    for (int i = 0; i < count; i++) {
        EXPECT(NSAPI_ERROR_OK, sockets[i].connect(host(argument)));
    }
    ThisThread::sleep_for(1s);
    for (int i = 0; i < 3; i++) {
        const Verdict beside = echo(behind_space(argument));
        if (!beside.pass) {
            return beside;
        }
    }
    uint32_t got = 0, all = 0;
    for (int i = 0; i < count; i++, all += got) {
        const Verdict read = read_all(sockets[i], &got);
        if (!read.pass) {
            return read;
        }
        EXPECT(NSAPI_ERROR_OK, sockets[i].close());
    }
    return verdict(true, "%d connections, %u bytes", count, unsigned(all));
}

} // namespace

const Check transfer_checks[] = {
    {"echo", echo},
    {"receive_pattern", receive_pattern},
    {"send_pattern", send_pattern},
    {"stalled_neighbours", stalled_neighbours},
    {nullptr, nullptr},
};
