#include "call_maker.h"
#include "pattern.h"

#include <atomic>

namespace tlsbench::agent {

namespace {

/// Bytes of one send or recv of pattern data, at `done` of its length.
uint32_t chunk_at(const tlsbench_Pattern &pattern, uint32_t done)
{
    uint32_t most = pattern.chunk ? pattern.chunk : kBufferBytes;
    return pattern.length - done < most ? pattern.length - done : most;
}

[[maybe_unused]] uint8_t large_buffer[kLargeBufferBytes + 1]; // dropped by the linker where no code names it
[[maybe_unused]] std::atomic<bool> large_buffer_taken{false};

/// Where a call has the chunks of its pattern data: in its worker's buffer, or, if they are longer, in the large one,
/// which is one call's at a time.
class Chunks {
public:
    Chunks(const tlsbench_Pattern &pattern, uint8_t *own, Refusal &refusal) : bytes(own)
    {
        if (pattern.chunk <= kBufferBytes) {
            return;
        }
        bytes = nullptr;
        if (pattern.chunk > kLongestChunk) {
            refusal.say("chunks of %u bytes; at most %u fit a worker's buffer", unsigned(pattern.chunk),
                        unsigned(kLongestChunk));
        } else if constexpr (kLargeBufferBytes > 0) {
            _large = !large_buffer_taken.exchange(true);
            if (_large) {
                bytes = large_buffer;
            } else {
                refusal.say("chunks of %u bytes; another call has the large buffer", unsigned(pattern.chunk));
            }
        }
    }

    ~Chunks()
    {
        if constexpr (kLargeBufferBytes > 0) {
            if (_large) {
                large_buffer_taken = false;
            }
        }
    }

    Chunks(const Chunks &) = delete;
    Chunks &operator=(const Chunks &) = delete;

    uint8_t *bytes; ///< null: refused

private:
    [[maybe_unused]] bool _large = false;
};

nsapi_msghdr_t *control_of(tlsbench_Manner manner, nsapi_msghdr_t &control)
{
    return manner == tlsbench_Manner_WITH_CONTROL ? &control : nullptr;
}

} // namespace

void CallMaker::sendto(const tlsbench_SendTo &how)
{
    nsapi_msghdr_t control{};
    timed([&] {
        SocketAddress to(how.to.host, uint16_t(how.to.port));
        return how.manner == tlsbench_Manner_PLAIN ? socket().sendto(to, how.data.bytes, how.data.size)
                                                   : socket().sendmsg(to, how.data.bytes, how.data.size,
                                                                      control_of(how.manner, control), sizeof control);
    });
}

void CallMaker::receive(bool from)
{
    uint32_t size = from ? _call.what.recvfrom.size : _call.what.recv.size;
    if (size > kDataBytes) {
        _out.refusal.say("%u bytes of one recv; at most %u go through the link", unsigned(size), unsigned(kDataBytes));
        return;
    }
    if (from) {
        tlsbench_Manner manner = _call.what.recvfrom.manner;
        nsapi_msghdr_t control{};
        addressed([&](SocketAddress &address) {
            static constexpr uint8_t nobody[] = {192, 0, 2, 1};
            address.set_ip_bytes(nobody, NSAPI_IPv4);
            address.set_port(9);
            return manner == tlsbench_Manner_PLAIN
                       ? socket().recvfrom(&address, _buffer, size)
                       : socket().recvmsg(&address, _buffer, size, control_of(manner, control), sizeof control);
        });
    } else {
        timed([&] { return socket().recv(_buffer, size); });
    }
    _out.data_length = _out.result > 0 ? uint32_t(_out.result) : 0;
    _out.body = tlsbench_Reply_data_tag;
}

void CallMaker::send_pattern()
{
    const tlsbench_Pattern &pattern = _call.what.send_pattern;
    tlsbench_Transfer &transfer = _out.transfer;
    const Chunks chunks(pattern, _buffer, _out.refusal);
    if (!chunks.bytes) {
        return;
    }
    _out.body = tlsbench_Reply_transfer_tag;
    timed([&]() -> nsapi_size_or_error_t {
        while (transfer.bytes < pattern.length) {
            uint32_t chunk = chunk_at(pattern, transfer.bytes);
            for (uint32_t i = 0; i < chunk; i++) {
                chunks.bytes[i] = pattern_byte(pattern.offset + transfer.bytes + i, pattern.seed);
            }
            nsapi_size_or_error_t sent = socket().send(chunks.bytes, chunk);
            if (sent < 0) {
                return sent;
            }
            transfer.bytes += uint32_t(sent);
            transfer.calls++;
        }
        return nsapi_size_or_error_t(transfer.bytes);
    });
}

void CallMaker::recv_pattern()
{
    const tlsbench_Pattern &pattern = _call.what.recv_pattern;
    tlsbench_Transfer &transfer = _out.transfer;
    const Chunks chunks(pattern, _buffer, _out.refusal);
    if (!chunks.bytes) {
        return;
    }
    _out.body = tlsbench_Reply_transfer_tag;
    timed([&]() -> nsapi_size_or_error_t {
        while (transfer.bytes < pattern.length) {
            nsapi_size_or_error_t got = socket().recv(chunks.bytes, chunk_at(pattern, transfer.bytes));
            if (got < 0) {
                return got;
            }
            transfer.calls++;
            for (nsapi_size_or_error_t i = 0; i < got; i++, transfer.bytes++) {
                uint8_t right = pattern_byte(pattern.offset + transfer.bytes, pattern.seed);
                if (chunks.bytes[i] != right) {
                    transfer.wrong = true;
                    transfer.wrong_offset = pattern.offset + transfer.bytes;
                    transfer.wrong_byte = chunks.bytes[i];
                    transfer.right_byte = right;
                    return nsapi_size_or_error_t(transfer.bytes);
                }
            }
            if (got == 0) {
                break; // the peer has ended the stream
            }
        }
        return nsapi_size_or_error_t(transfer.bytes);
    });
}

} // namespace tlsbench::agent
