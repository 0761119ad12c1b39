#include "call_maker.h"
#include "pattern.h"

namespace tlsbench::agent {

namespace {

/// Bytes of one send or recv of pattern data, at `done` of its length.
uint32_t chunk_at(const tlsbench_Pattern &pattern, uint32_t done)
{
    uint32_t most = pattern.chunk ? pattern.chunk : kBufferBytes;
    return pattern.length - done < most ? pattern.length - done : most;
}

bool fits_buffer(const tlsbench_Pattern &pattern, Refusal &refusal)
{
    if (pattern.chunk > kBufferBytes) {
        refusal.say("chunks of %u bytes; at most %u fit a worker's buffer", unsigned(pattern.chunk),
                    unsigned(kBufferBytes));
    }
    return pattern.chunk <= kBufferBytes;
}

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
    if (!fits_buffer(pattern, _out.refusal)) {
        return;
    }
    _out.body = tlsbench_Reply_transfer_tag;
    timed([&]() -> nsapi_size_or_error_t {
        while (transfer.bytes < pattern.length) {
            uint32_t chunk = chunk_at(pattern, transfer.bytes);
            for (uint32_t i = 0; i < chunk; i++) {
                _buffer[i] = pattern_byte(pattern.offset + transfer.bytes + i, pattern.seed);
            }
            nsapi_size_or_error_t sent = socket().send(_buffer, chunk);
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
    if (!fits_buffer(pattern, _out.refusal)) {
        return;
    }
    _out.body = tlsbench_Reply_transfer_tag;
    timed([&]() -> nsapi_size_or_error_t {
        while (transfer.bytes < pattern.length) {
            nsapi_size_or_error_t got = socket().recv(_buffer, chunk_at(pattern, transfer.bytes));
            if (got < 0) {
                return got;
            }
            transfer.calls++;
            for (nsapi_size_or_error_t i = 0; i < got; i++, transfer.bytes++) {
                uint8_t right = pattern_byte(pattern.offset + transfer.bytes, pattern.seed);
                if (_buffer[i] != right) {
                    transfer.wrong = true;
                    transfer.wrong_offset = pattern.offset + transfer.bytes;
                    transfer.wrong_byte = _buffer[i];
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
