#pragma once

#include "netsocket/DTLSSocketWrapper.h"
#include "netsocket/UDPSocket.h"
#include "netsocket/tls/SecureSocket.h"

/// DTLS over a UDP socket of its own. Small enough for a stack or a static; its buffers are on the heap from
/// connect() to close().
class DTLSSocket : public tlsbench::tls::SecureSocket<DTLSSocketWrapper, UDPSocket> {};

// On the target; what is large lies on the heap while it is needed.
static_assert(sizeof(void *) > 4 || sizeof(DTLSSocket) <= 256);
