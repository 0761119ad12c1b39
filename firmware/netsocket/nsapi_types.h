// Types, limits and error codes of the network socket API. Names and values are those of Mbed OS 6.
#ifndef TLSBENCH_NETSOCKET_NSAPI_TYPES_H
#define TLSBENCH_NETSOCKET_NSAPI_TYPES_H

#include <cstddef>
#include <cstdint>

/// Error codes. A call that returns a size or a value gives one of these when it is negative.
enum nsapi_error {
    NSAPI_ERROR_OK = 0,
    NSAPI_ERROR_WOULD_BLOCK = -3001,        ///< nothing can be done at once, or the timeout passed
    NSAPI_ERROR_UNSUPPORTED = -3002,        ///< this socket, stack or interface can't do that
    NSAPI_ERROR_PARAMETER = -3003,          ///< an argument is wrong
    NSAPI_ERROR_NO_CONNECTION = -3004,      ///< not connected, or the peer refused the connection
    NSAPI_ERROR_NO_SOCKET = -3005,          ///< the socket is not open, or the stack has none left
    NSAPI_ERROR_NO_ADDRESS = -3006,         ///< the address is not known
    NSAPI_ERROR_NO_MEMORY = -3007,          ///< out of memory
    NSAPI_ERROR_NO_SSID = -3008,            ///< no such access point
    NSAPI_ERROR_DNS_FAILURE = -3009,        ///< the host name could not be resolved
    NSAPI_ERROR_DHCP_FAILURE = -3010,       ///< DHCP gave no address in time
    NSAPI_ERROR_AUTH_FAILURE = -3011,       ///< authentication failed
    NSAPI_ERROR_DEVICE_ERROR = -3012,       ///< the network device or library failed
    NSAPI_ERROR_IN_PROGRESS = -3013,        ///< the operation has begun and goes on
    NSAPI_ERROR_ALREADY = -3014,            ///< the operation was begun by an earlier call and goes on
    NSAPI_ERROR_IS_CONNECTED = -3015,       ///< the socket is connected already
    NSAPI_ERROR_CONNECTION_LOST = -3016,    ///< the peer or the network broke the connection
    NSAPI_ERROR_CONNECTION_TIMEOUT = -3017, ///< the peer stopped answering
    NSAPI_ERROR_ADDRESS_IN_USE = -3018,     ///< another socket has this local address
    NSAPI_ERROR_TIMEOUT = -3019,            ///< the operation took too long
    NSAPI_ERROR_BUSY = -3020,               ///< busy with another operation
};

/// State of a network interface.
typedef enum nsapi_connection_status {
    NSAPI_STATUS_LOCAL_UP = 0,     ///< only a link-local address
    NSAPI_STATUS_GLOBAL_UP = 1,    ///< an address that can reach the network
    NSAPI_STATUS_DISCONNECTED = 2, ///< not connected
    NSAPI_STATUS_CONNECTING = 3,   ///< waiting for link or address
    NSAPI_STATUS_ERROR_UNSUPPORTED = NSAPI_ERROR_UNSUPPORTED,
} nsapi_connection_status_t;

/// Events that NetworkInterface::attach reports, each with a parameter.
typedef enum nsapi_event {
    NSAPI_EVENT_CONNECTION_STATUS_CHANGE = 0, ///< parameter: the new nsapi_connection_status_t
    NSAPI_EVENT_CELLULAR_STATUS_BASE = 0x1000,
    NSAPI_EVENT_CELLULAR_STATUS_END = 0x1FFF,
} nsapi_event_t;

typedef signed int nsapi_error_t;          ///< an nsapi_error
typedef unsigned int nsapi_size_t;         ///< bytes
typedef signed int nsapi_size_or_error_t;  ///< bytes, or a negative nsapi_error
typedef signed int nsapi_value_or_error_t; ///< a value, or a negative nsapi_error

#define NSAPI_IPv4_SIZE 16  ///< longest IPv4 address as text, terminating NUL included
#define NSAPI_IPv4_BYTES 4  ///< an IPv4 address in bytes
#define NSAPI_IPv6_SIZE 40  ///< longest IPv6 address as text, terminating NUL included
#define NSAPI_IPv6_BYTES 16 ///< an IPv6 address in bytes
#define NSAPI_IP_SIZE NSAPI_IPv6_SIZE
#define NSAPI_IP_BYTES NSAPI_IPv6_BYTES
#define NSAPI_MAC_SIZE 18 ///< a MAC address as text, terminating NUL included
#define NSAPI_MAC_BYTES 6
#define NSAPI_INTERFACE_PREFIX_SIZE 2
#define NSAPI_INTERFACE_NAME_MAX_SIZE 6 ///< interface name, terminating NUL included

typedef enum nsapi_version {
    NSAPI_UNSPEC, ///< no address, or any version will do
    NSAPI_IPv4,
    NSAPI_IPv6,
} nsapi_version_t;

/// An IP address: `bytes` in network order; an IPv4 address uses the first four.
typedef struct nsapi_addr {
    nsapi_version_t version;
    uint8_t bytes[NSAPI_IP_BYTES];
} nsapi_addr_t;

typedef void *nsapi_socket_t; ///< a stack's own handle for a socket

typedef enum nsapi_protocol {
    NSAPI_TCP,
    NSAPI_UDP,
    NSAPI_ICMP,
} nsapi_protocol_t;

typedef enum nsapi_stack_level {
    NSAPI_STACK = 5000, ///< level of the options in nsapi_stack_option_t
} nsapi_stack_level_t;

typedef enum nsapi_stack_option {
    NSAPI_IPV4_MRU, ///< largest reassembled IPv4 datagram
    NSAPI_IPV6_MRU, ///< largest reassembled IPv6 datagram
} nsapi_stack_option_t;

typedef enum nsapi_socket_level {
    NSAPI_SOCKET = 7000, ///< level of the options in nsapi_socket_option_t
} nsapi_socket_level_t;

/// Socket options for Socket::setsockopt and getsockopt. A stack answers NSAPI_ERROR_UNSUPPORTED to those it lacks.
typedef enum nsapi_socket_option {
    NSAPI_REUSEADDR,      ///< int: let bind take an address that is still in TIME_WAIT
    NSAPI_KEEPALIVE,      ///< int: send keep-alive probes
    NSAPI_KEEPIDLE,       ///< int, ms: silence before the first probe
    NSAPI_KEEPINTVL,      ///< int, ms: between probes
    NSAPI_LINGER,         ///< close waits until all is sent
    NSAPI_SNDBUF,         ///< send buffer
    NSAPI_RCVBUF,         ///< receive buffer
    NSAPI_ADD_MEMBERSHIP, ///< nsapi_ip_mreq_t: join a multicast group
    NSAPI_DROP_MEMBERSHIP,
    NSAPI_BIND_TO_DEVICE, ///< interface name
    NSAPI_LATENCY,        ///< nsapi_latency_req_t
    NSAPI_STAGGER,        ///< nsapi_stagger_req_t
    NSAPI_IPTOS,          ///< int: type of service
    NSAPI_BROADCAST,      ///< int: allow broadcasts
    NSAPI_PKTINFO,        ///< int: tell where a datagram came in
} nsapi_socket_option_t;

typedef enum nsapi_tlssocket_level {
    NSAPI_TLSSOCKET_LEVEL = 7099, ///< level of the options in nsapi_tlssocket_option_t
} nsapi_tlssocket_level_t;

/// Options of a TLS socket that the stack (a modem, the host) does on its own.
typedef enum nsapi_tlssocket_option {
    NSAPI_TLSSOCKET_SET_HOSTNAME, ///< text: name that the certificate must carry
    NSAPI_TLSSOCKET_SET_CACERT,   ///< root CA certificates, PEM
    NSAPI_TLSSOCKET_SET_CLCERT,   ///< client certificate, PEM
    NSAPI_TLSSOCKET_SET_CLKEY,    ///< client's private key, PEM
    NSAPI_TLSSOCKET_ENABLE,       ///< bool: TLS on
} nsapi_tlssocket_option_t;

typedef enum nsapi_ip_stack {
    DEFAULT_STACK = 0,
    IPV4_STACK,
    IPV6_STACK,
    IPV4V6_STACK,
} nsapi_ip_stack_t;

typedef nsapi_socket_level_t nsapi_level_t;
typedef nsapi_socket_option_t nsapi_option_t;

typedef struct nsapi_ip_mreq {
    nsapi_addr_t imr_multiaddr; ///< the group
    nsapi_addr_t imr_interface; ///< address of the interface to join on
} nsapi_ip_mreq_t;

typedef struct nsapi_latency_req {
    uint8_t addr[16];
    uint32_t latency;
} nsapi_latency_req_t;

typedef struct nsapi_stagger_req {
    uint8_t addr[16];
    uint16_t data_amount;
    uint16_t stagger_min;
    uint16_t stagger_max;
    uint16_t stagger_rand;
} nsapi_stagger_req_t;

/// Head of one piece of control data for Socket::sendmsg and recvmsg.
typedef struct nsapi_msghdr {
    alignas(std::max_align_t) nsapi_size_t len; ///< bytes, this head included
    int level;
    int type;
} nsapi_msghdr_t;

typedef struct nsapi_pktinfo {
    nsapi_msghdr_t hdr;
    nsapi_addr_t ipi_addr;
    int ipi_ifindex;
    void *network_interface;
} nsapi_pktinfo_t;

#endif
