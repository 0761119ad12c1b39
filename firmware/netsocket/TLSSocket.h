#pragma once

#if MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
#include "netsocket/offload/TLSSocket.h"
#else
#include "netsocket/TCPSocket.h"
#include "netsocket/TLSSocketWrapper.h"
#include "netsocket/tls/SecureSocket.h"

/// TLS over a TCP connection of its own. Small enough for a stack or a static; its buffers are on the heap from
/// connect() to close().
class TLSSocket : public tlsbench::tls::SecureSocket<TLSSocketWrapper, TCPSocket> {};

// On the target; what is large lies on the heap while it is needed.
static_assert(sizeof(void *) > 4 || sizeof(TLSSocket) <= 256);
#endif
