#include "sockets.h"

#include "platform/CriticalSectionLock.h"
#include "platform/clock.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace tlsbench::agent {

void Refusal::say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
}

void NamedSocket::count_sigio()
{
    // Called by the stack's thread, read by the agent's: 64 bits are not written at once.
    mbed::CriticalSectionLock lock;
    sigio_count++;
    sigio_last_us = uptime_us();
}

void NamedSocket::restart_sigio()
{
    mbed::CriticalSectionLock lock;
    sigio_count = 0;
    sigio_last_us = 0;
}

Uses SocketTable::use(const tlsbench_Call &call, Refusal &refusal)
{
    Uses uses;
    switch (call.which_what) {
        case tlsbench_Call_network_up_tag:
        case tlsbench_Call_network_down_tag:
        case tlsbench_Call_resolve_tag:
        case tlsbench_Call_fault_tag: return uses;
    }
    rtos::ScopedMutexLock lock(_lock);
    if (call.which_what == tlsbench_Call_create_tag) {
        uses.socket = create(call, refusal);
    } else if ((uses.socket = existing(call.socket, refusal))) {
        if (call.which_what == tlsbench_Call_accept_tag) {
            uses.other = add(call.what.accept.name, uses.socket->kind, refusal);
        } else if (call.which_what == tlsbench_Call_share_tag && call.what.share.from[0]) {
            uses.other = existing(call.what.share.from, refusal);
        } else if (call.which_what == tlsbench_Call_same_tag && call.what.same.from[0]) {
            uses.other = existing(call.what.same.from, refusal);
        } else if (call.which_what == tlsbench_Call_delete_socket_tag ||
                   (call.which_what == tlsbench_Call_close_tag && uses.socket->deletes_itself)) {
            end(uses.socket, refusal);
        }
    }
    if (refusal) {
        return {};
    }
    for (NamedSocket *entry : {uses.socket, uses.other}) {
        if (entry) {
            entry->users++;
        }
    }
    return uses;
}

void SocketTable::release(const Uses &uses)
{
    rtos::ScopedMutexLock lock(_lock);
    for (NamedSocket *entry : {uses.socket, uses.other}) {
        if (entry && --entry->users == 0 && !entry->socket) {
            *entry = {};
        }
    }
}

void SocketTable::set_object(NamedSocket *entry, Socket *socket)
{
    rtos::ScopedMutexLock lock(_lock);
    entry->socket = socket;
}

Socket *SocketTable::take_object(NamedSocket *entry)
{
    rtos::ScopedMutexLock lock(_lock);
    Socket *socket = entry->socket;
    entry->socket = nullptr;
    return socket;
}

void SocketTable::report(tlsbench_Status &status)
{
    rtos::ScopedMutexLock lock(_lock);
    for (NamedSocket &entry : _entries) {
        if (!entry.name[0]) {
            continue;
        }
        tlsbench_SocketStatus &out = status.sockets[status.sockets_count++];
        strlcpy(out.name, entry.name, sizeof out.name);
        strlcpy(out.kind, entry.kind->name, sizeof out.kind);
        out.object_bytes = entry.kind->object_bytes;
        out.users = entry.users;
        {
            mbed::CriticalSectionLock steady;
            out.sigio_count = entry.sigio_count;
            out.sigio_last_us = entry.sigio_last_us;
        }
        if (entry.socket && entry.kind->tls) {
            out.tls_error = entry.kind->tls->last_error(*entry.socket);
            out.verify_flags = entry.kind->tls->verify_flags(*entry.socket);
        }
    }
}

NamedSocket *SocketTable::find(const char *name)
{
    for (NamedSocket &entry : _entries) {
        if (entry.name[0] && strcmp(entry.name, name) == 0) {
            return &entry;
        }
    }
    return nullptr;
}

NamedSocket *SocketTable::existing(const char *name, Refusal &refusal)
{
    NamedSocket *entry = find(name);
    if (!entry) {
        refusal.say("there is no socket \"%s\"", name);
    } else if (!entry->socket || entry->leaving) {
        refusal.say("socket \"%s\" is being %s", name, entry->leaving ? "deleted" : "created");
    } else {
        return entry;
    }
    return nullptr;
}

NamedSocket *SocketTable::add(const char *name, const Kind *kind, Refusal &refusal)
{
    if (!name[0]) {
        refusal.say("a socket needs a name");
        return nullptr;
    }
    if (find(name)) {
        refusal.say("there is a socket \"%s\" already", name);
        return nullptr;
    }
    for (NamedSocket &entry : _entries) {
        if (!entry.name[0]) {
            strlcpy(entry.name, name, sizeof entry.name);
            entry.kind = kind;
            return &entry;
        }
    }
    refusal.say("no room for a socket more than %u", unsigned(kSockets));
    return nullptr;
}

NamedSocket *SocketTable::create(const tlsbench_Call &call, Refusal &refusal)
{
    const tlsbench_Create &how = call.what.create;
    const Kind *kind = find_kind(how.kind);
    if (!kind) {
        refusal.say("this image has no sockets of kind \"%s\"", how.kind);
        return nullptr;
    }
    NamedSocket *transport = nullptr;
    if (kind->wraps) {
        transport = existing(how.transport, refusal);
        if (transport && transport->deletes_itself) {
            refusal.say("socket \"%s\" was accepted and deletes itself: it cannot be a transport", how.transport);
        }
        if (refusal) {
            return nullptr;
        }
    }
    NamedSocket *entry = add(call.socket, kind, refusal);
    if (entry) {
        entry->transport = transport;
    }
    return entry;
}

/// See that nobody will miss the object of `entry`, and let nobody in any more.
void SocketTable::end(NamedSocket *entry, Refusal &refusal)
{
    if (entry->users > 0) {
        refusal.say("socket \"%s\" is in a call of another worker", entry->name);
        return;
    }
    for (NamedSocket &other : _entries) {
        if (other.name[0] && other.transport == entry) {
            refusal.say("socket \"%s\" is the transport of \"%s\"", entry->name, other.name);
            return;
        }
    }
    entry->leaving = true;
}

} // namespace tlsbench::agent
