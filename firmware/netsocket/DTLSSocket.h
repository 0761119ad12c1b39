#pragma once

#include "netsocket/DTLSSocketWrapper.h"
#include "netsocket/UDPSocket.h"
#include "netsocket/tls/SecureSocket.h"
#include "platform/mbed_assert.h"

/// DTLS over a UDP socket of its own. Small enough for a stack or a static; its buffers are on the heap from
/// connect() to close().
class DTLSSocket : public tlsbench::tls::SecureSocket<DTLSSocketWrapper, UDPSocket> {
public:
    /// open() it before use.
    DTLSSocket() = default;

    /// Open at once, which must succeed.
    /// @param stack    as for open()
    /// @param hostname as for set_hostname(), but null says nothing
    template <typename S> explicit DTLSSocket(S *stack, const char *hostname = nullptr) : SecureSocket(hostname)
    {
        nsapi_error_t ret = open(stack);
        MBED_ASSERT(ret == NSAPI_ERROR_OK);
        (void)ret;
    }
};

// On the target; what is large lies on the heap while it is needed.
static_assert(sizeof(void *) > 4 || sizeof(DTLSSocket) <= 256);
