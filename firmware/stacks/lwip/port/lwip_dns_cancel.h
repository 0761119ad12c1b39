// What lwIP's resolver lacks.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/// Give up the query that was begun by dns_gethostbyname() with this callback argument: its place is free at once, and
/// the callback is not called. Does nothing if there is none. Needs lwIP's lock.
void lwip_dns_cancel(const void *argument);

#ifdef __cplusplus
}
#endif
