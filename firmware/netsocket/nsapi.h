/* The whole socket API, as mbed.h includes it. The TCP-only image has no Mbed TLS and so no TLSSocket. */
#pragma once

#include "netsocket/DNS.h"
#include "netsocket/EthInterface.h"
#include "netsocket/NetworkInterface.h"
#include "netsocket/Socket.h"
#include "netsocket/SocketAddress.h"
#include "netsocket/TCPSocket.h"
#include "netsocket/UDPSocket.h"
#include "netsocket/nsapi_types.h"
#if __has_include("mbedtls/ssl.h")
#include "netsocket/TLSSocket.h"
#if MBED_CONF_DTLS_SOCKET_ENABLE
#include "netsocket/DTLSSocket.h"
#endif
#endif
