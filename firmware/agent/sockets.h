/* The sockets that the host knows by name. */
#pragma once

#include "capacity.h"
#include "kinds.h"

#include "rtos/Mutex.h"

namespace tlsbench::agent {

/// Why a request is refused, as text for the host.
struct Refusal {
    char text[sizeof(tlsbench_Reply::error)] = "";

    explicit operator bool() const { return text[0] != 0; }
    void say(const char *format, ...) __attribute__((format(printf, 2, 3)));
};

/// One named socket. Changes under the table's lock only, but for what sigio counts.
struct NamedSocket {
    char name[kNameBytes]; ///< empty: the entry is free
    const Kind *kind;
    Socket *socket;         ///< null until its creation succeeded, and as soon as its object is given up
    NamedSocket *transport; ///< the socket that this one lies upon, or null
    uint8_t users;          ///< workers in a call of it
    bool deletes_itself;    ///< accepted: its close() deletes the object
    bool leaving;           ///< the call that ends it is under way
    uint32_t sigio_count;
    uint64_t sigio_last_us;

    void count_sigio();
    void restart_sigio();
};

/// The entries that one call takes.
struct Uses {
    NamedSocket *socket = nullptr; ///< null for calls of the network interface
    NamedSocket *other = nullptr;  ///< `accept`: the entry that waits for the new socket; `share`: whose part it is
};

/// Decides which worker may use which socket, before the worker sets out, so that no call meets a deleted object.
/// An entry is free again when its object is gone and its last user has left.
class SocketTable {
public:
    /// Take what a call is about, new entries for `create` and `accept`. On a refusal nothing is taken.
    Uses use(const tlsbench_Call &call, Refusal &refusal);
    void release(const Uses &uses);

    /// Give an entry its object.
    void set_object(NamedSocket *entry, Socket *socket);
    /// Give up an entry's object; the caller deletes it.
    Socket *take_object(NamedSocket *entry);

    void report(tlsbench_Status &status);

private:
    NamedSocket *find(const char *name);
    NamedSocket *existing(const char *name, Refusal &refusal);
    NamedSocket *add(const char *name, const Kind *kind, Refusal &refusal);
    NamedSocket *create(const tlsbench_Call &call, Refusal &refusal);
    void end(NamedSocket *entry, Refusal &refusal);

    NamedSocket _entries[kSockets];
    rtos::Mutex _lock;
};

} // namespace tlsbench::agent
