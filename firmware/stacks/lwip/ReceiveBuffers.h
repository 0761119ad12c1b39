// Who may hold how many of the buffers that frames are received into.
#pragma once

#include "lwip/opt.h"

namespace tlsbench {
namespace lwip {

/// The account of PBUF_POOL. What nobody reads must never take the last buffer: then nobody would hear anything any
/// more, not even what would free one. So each connection may always be sent one segment, which it packs into one
/// buffer, and a datagram may always wait. Beyond that they share `shared` buffers, those who come first.
/// Out-of-order segments are not in it: lwIP drops them when the pool is empty. All members need lwIP's lock.
struct ReceiveBuffers {
    static constexpr u16_t shared = TLSBENCH_SHARED_BUFFERS;

    static u16_t windows;   // buffers that connections may be sent into, beyond the first of each
    static u16_t datagrams; // buffers with datagrams that nobody has read

    /// Buffers of the shared ones that nobody has.
    static u16_t left() { return u16_t(shared - windows - (datagrams > 1 ? datagrams - 1 : 0)); }

    /// Buffers that datagrams may hold, all together.
    static u16_t datagrams_at_most()
    {
        const u16_t most = u16_t(1 + shared - windows);
        return most < TLSBENCH_UDP_BUFFERS ? most : TLSBENCH_UDP_BUFFERS;
    }
};

#if IP_REASSEMBLY
constexpr int fragments_held = IP_REASS_MAX_PBUFS;
#else
constexpr int fragments_held = 0;
#endif
// The frame in hand, a segment for each connection, a datagram, what is shared, and what waits for its other fragments.
static_assert(1 + MEMP_NUM_TCP_PCB + 1 + ReceiveBuffers::shared + fragments_held <= PBUF_POOL_SIZE,
              "what nobody reads may take every receive buffer");
static_assert(TCP_WND == TCP_MSS && TCP_MSS <= PBUF_POOL_BUFSIZE, "one buffer holds what a fresh connection is sent");

} // namespace lwip
} // namespace tlsbench
