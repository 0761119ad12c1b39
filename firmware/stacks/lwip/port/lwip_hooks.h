// What lwIP asks us.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The sequence number that a connection starts with. Addresses are in network order.
uint32_t lwip_tcp_isn(uint32_t local_ip, uint16_t local_port, uint32_t remote_ip, uint16_t remote_port);

#ifdef __cplusplus
}
#endif
