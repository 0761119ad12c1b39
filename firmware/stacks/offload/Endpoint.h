// What the stack's sockets have in common: a number on the line, what came and was not read, and what is still to be
// told to the host.
#pragma once

#include "Question.h"
#include "Session.h"
#include "netsocket/NetworkStack.h"
#include "netsocket/SocketAddress.h"

namespace tlsbench {
namespace offload {

/// All members need the stack's lock.
class Endpoint {
public:
    void attach(void (*callback)(void *), void *data)
    {
        _callback = callback;
        _callback_data = data;
    }

    /// 0: unused
    uint32_t number() const { return _number; }

    /// Whether the host has it by its number.
    bool known() const { return _known; }

    /// Whether it was closed, and the host does not know yet: until then its place is taken.
    bool leaving() const { return _number && (_wants & CLOSE); }

    /// Data of this socket has come.
    virtual void on_message(const offload_ToTarget &message, const Bytes &data) = 0;

    /// The session is over, and with it the host's socket.
    virtual void on_down() = 0;

    /// There is room for messages again: say what is still to be said.
    void pump();

    /// Somebody found no room for a message: tell when there is some.
    void on_room();

    /// Take a local address of the host's. Without the lock while it waits for the answer.
    /// @return the host's result; NSAPI_ERROR_CONNECTION_LOST (the host's socket ended with its session); or as
    ///         Question::ask
    nsapi_error_t bind(const SocketAddress &address);

    /// Options of any level are the host's. A value goes in as many pieces as it takes.
    /// @return as above
    nsapi_error_t set_option(int level, int option, const void *value, size_t size);

    /// @param size room for the value; then its size
    /// @return as above
    nsapi_error_t get_option(int level, int option, void *value, size_t *size);

    static constexpr uint32_t kReceiveBytes = MBED_CONF_OFFLOAD_RECEIVE_BYTES;
    static_assert((kReceiveBytes & (kReceiveBytes - 1)) == 0, "free-running indices need a power of two");

protected:
    /// What the host has not been told yet, in the order of the telling.
    enum Want : uint8_t { OPEN = 1, CONNECT = 2, ACCEPT = 4, LIMIT = 8, CLOSE = 16 };

    ~Endpoint() = default;

    /// @param number of the host's for a connection that it accepted; 0: a new one
    void begin(bool datagrams, uint32_t number = 0);

    /// Tell the host that the socket is closed; it is unused when that was said.
    void finish();

    /// Say something now or, if there is no room, later.
    void want(Want what);

    /// A message about this socket.
    offload_ToHost message() const;

    void changed() const
    {
        if (_callback) {
            _callback(_callback_data);
        }
    }

    /// Forget what came: the host's socket of the next session counts from 0.
    void restart();

    /// The host is asked to set something. Noted before it answers: its session may end before the answer is read.
    void will_set() { _set |= Session::instance().up(); }

    /// Whether the host's socket ended with its session, and the next one's host is not to be asked for another.
    bool lost() const { return !_known && !_wants; }

    uint32_t fill() const { return _in - _out; }
    void put(const uint8_t *bytes, size_t count);
    void peek(uint32_t offset, void *to, size_t count) const;
    void drop(size_t count);

    uint32_t _number = 0;
    uint8_t _wants = 0;
    bool _known = false;    // to the host
    bool _set = false;      // something of the host's socket, perhaps: a new one would not have it
    bool _starving = false; // a call found no room for its message
    bool _datagrams = false;
    nsapi_addr_t _peer{};
    uint16_t _peer_port = 0;

private:
    bool say(Want what);

    uint32_t _in = 0, _out = 0; // bytes since the connection's begin; their difference is the fill
    uint32_t _limit = 0;        // that the host knows of
    void (*_callback)(void *) = nullptr;
    void *_callback_data = nullptr;
    uint8_t _bytes[kReceiveBytes];
};

/// One of a pool that nobody uses. If all are taken, wait for those that are leaving; others have the lock meanwhile.
/// @return null if the pool has none left
template <typename Pool> auto take_unused(Pool &pool) -> decltype(&pool[0])
{
    for (bool full = false; !full;) {
        full = true;
        for (auto &one : pool) {
            if (one.number() == 0) {
                return &one;
            }
            full = full && !one.leaving();
        }
        full = full || Question::wait_for_room() != NSAPI_ERROR_OK;
    }
    return nullptr;
}

/// The address in a message, and back.
uint32_t to_number(const nsapi_addr_t &address);
nsapi_addr_t to_address(uint32_t number);

} // namespace offload
} // namespace tlsbench
