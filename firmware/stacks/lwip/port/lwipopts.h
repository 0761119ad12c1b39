// How lwIP is built. lwIP's opt.h documents each option; here stands why it isn't the default.
#pragma once

#include "mbed_config.h"

// Threads: lwIP runs in one of its own; callers enter it under one lock, through the callback ("raw") API only.
#define NO_SYS 0
#define SYS_LIGHTWEIGHT_PROT 1
#define LWIP_TCPIP_CORE_LOCKING 1
#define LWIP_TCPIP_CORE_LOCKING_INPUT 1
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define TCPIP_THREAD_NAME "lwip"
#define TCPIP_THREAD_PRIO 48 // osPriorityRealtime
#define TCPIP_THREAD_STACKSIZE MBED_CONF_LWIP_TCPIP_THREAD_STACKSIZE
#define TCPIP_MBOX_SIZE 4

// Memory: static pools only. A connection's unsent data lies in MEM_SIZE, received frames in PBUF_POOL.
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 4
#define MEMP_NUM_TCPIP_MSG_API 2
#define TLSBENCH_UDP_SOCKETS MBED_CONF_LWIP_UDP_SOCKET_MAX
#define MEMP_NUM_UDP_PCB (4 + TLSBENCH_UDP_SOCKETS) // DHCP, DNS, the application's
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define PBUF_POOL_BUFSIZE 1516 // a whole frame behind ETH_PAD_SIZE
// Of those, how many connections and datagrams share that nobody reads, and how many are kept: ReceiveBuffers.h.
#define PBUF_POOL_SIZE (1 + MEMP_NUM_TCP_PCB + 1 + TLSBENCH_SHARED_BUFFERS + TLSBENCH_FRAGMENTS)

#if TLSBENCH_SMALL
#define TLSBENCH_BY_PROFILE(small, fast) small
#define TCP_QUEUE_OOSEQ 0
#define LWIP_NOASSERT 1
#else
#define TLSBENCH_BY_PROFILE(small, fast) fast
#define LWIP_CHKSUM_ALGORITHM 3
#endif
// The keys lwip.* that say nothing leave it to the profile.
#ifdef MBED_CONF_LWIP_MEM_SIZE
#define MEM_SIZE MBED_CONF_LWIP_MEM_SIZE
#else
#define MEM_SIZE TLSBENCH_BY_PROFILE(6 * 1024, 20 * 1024)
#endif
#ifdef MBED_CONF_LWIP_TCP_SOCKET_MAX
#define MEMP_NUM_TCP_PCB MBED_CONF_LWIP_TCP_SOCKET_MAX
#else
#define MEMP_NUM_TCP_PCB TLSBENCH_BY_PROFILE(4, 8)
#endif
#ifdef MBED_CONF_LWIP_UDP_BUFFERS // how many buffers datagrams may hold that nobody has read yet
#define TLSBENCH_UDP_BUFFERS MBED_CONF_LWIP_UDP_BUFFERS
#elif MBED_CONF_DTLS_SOCKET_ENABLE
#define TLSBENCH_UDP_BUFFERS TLSBENCH_BY_PROFILE(6, 8) // a server's flight comes all at once
#else
#define TLSBENCH_UDP_BUFFERS TLSBENCH_BY_PROFILE(3, 8)
#endif
#ifdef MBED_CONF_LWIP_SHARED_BUFFERS
#define TLSBENCH_SHARED_BUFFERS MBED_CONF_LWIP_SHARED_BUFFERS
#else
#define TLSBENCH_SHARED_BUFFERS TLSBENCH_BY_PROFILE(TLSBENCH_UDP_BUFFERS - 1, 8)
#endif
#ifdef MBED_CONF_LWIP_TCP_SEGMENTS
#define TLSBENCH_TCP_SEGMENTS MBED_CONF_LWIP_TCP_SEGMENTS
#else
// Six are as much as the LAN9118's receive FIFO holds: a window never overruns it.
#define TLSBENCH_TCP_SEGMENTS TLSBENCH_BY_PROFILE(2, 6)
#endif
#ifdef MBED_CONF_LWIP_TCP_SEND_SEGMENTS
#define TLSBENCH_TCP_SEND_SEGMENTS MBED_CONF_LWIP_TCP_SEND_SEGMENTS
#else
#define TLSBENCH_TCP_SEND_SEGMENTS TLSBENCH_BY_PROFILE(2, 6)
#endif
#define TCP_SND_BUF (TLSBENCH_TCP_SEND_SEGMENTS * TCP_MSS)
#define TCP_MSS 1460
// The window that a connection begins with; TcpConnection widens it, up to TLSBENCH_TCP_SEGMENTS.
#define TCP_WND TCP_MSS
#define TCP_SND_QUEUELEN (4 * TCP_SND_BUF / TCP_MSS)
#define MEMP_NUM_TCP_SEG (2 * TCP_SND_QUEUELEN)

// Ethernet and IPv4.
#define ETH_PAD_SIZE 2 // aligns the IP header; see Ethernet::pad_bytes
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#if MBED_CONF_DTLS_SOCKET_ENABLE
// If each of a flight's small datagrams took a buffer, the last ones would be lost, and lost again whenever the server
// sends the flight again: so several share one.
#define TLSBENCH_UDP_DATAGRAMS 24
#define IP_REASSEMBLY 1 // a server may send its whole flight in one datagram
#define IP_REASS_MAX_PBUFS (TLSBENCH_UDP_BUFFERS / 2)
#define TLSBENCH_FRAGMENTS IP_REASS_MAX_PBUFS
#define MEMP_NUM_REASSDATA 1
#else
#define TLSBENCH_UDP_DATAGRAMS TLSBENCH_UDP_BUFFERS
#define IP_REASSEMBLY 0
#define TLSBENCH_FRAGMENTS 0
#endif
#define IP_FRAG 0
#define ARP_TABLE_SIZE 6
#define LWIP_RAW 0
#define LWIP_NETIF_LINK_CALLBACK 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_STATS 0
#define LWIP_DHCP 1
#define LWIP_DHCP_DOES_ACD_CHECK 0 // probing an address takes seconds
#define LWIP_DNS 1
#define DNS_MAX_NAME_LENGTH 256

// TCP.
#define LWIP_TCP_KEEPALIVE 1
#define SO_REUSE 1
#define TCP_LISTEN_BACKLOG 1
#define LWIP_TCP_TIMESTAMPS 0
// Sequence numbers start where nobody can guess (RFC 6528).
#define LWIP_HOOK_FILENAME "lwip_hooks.h"
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port)                                                \
    lwip_tcp_isn(ip4_addr_get_u32(local_ip), local_port, ip4_addr_get_u32(remote_ip), remote_port)
