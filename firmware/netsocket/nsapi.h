/* The whole socket API, as mbed.h includes it. An image without Mbed TLS has a TLSSocket only where the network does
   TLS (nsapi.offload-tlssocket). */
#pragma once

#include "netsocket/DNS.h"
#include "netsocket/EthInterface.h"
#include "netsocket/NetworkInterface.h"
#include "netsocket/Socket.h"
#include "netsocket/SocketAddress.h"
#include "netsocket/TCPSocket.h"
#include "netsocket/UDPSocket.h"
#include "netsocket/nsapi_types.h"
#if MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET
#include "netsocket/TLSSocket.h"
#elif __has_include("mbedtls/ssl.h")
#include "netsocket/TLSSocket.h"
#if MBED_CONF_DTLS_SOCKET_ENABLE
#include "netsocket/DTLSSocket.h"
#endif
#endif
