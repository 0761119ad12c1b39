// Messages to the host and back: in order, once each, whatever the line does to them. See offload.proto.
#pragma once

#include "line/line.h"
#include "offload.pb.h"
#include "rtos/EventFlags.h"
#include "rtos/Mutex.h"

namespace tlsbench {
namespace offload {

/// Bytes that a message carries: where they are, on their way out or in.
struct Bytes {
    const uint8_t *at = nullptr;
    size_t count = 0;
};

/// What is told of a session. Called with the stack's lock.
class Listener {
public:
    virtual void on_message(const offload_ToTarget &message, const Bytes &data) = 0;

    /// The host took messages: there may be room for more.
    virtual void on_room() = 0;

    virtual void on_up(const offload_Welcome &welcome) = 0;
    virtual void on_down() = 0;

    /// Time has passed, some tenths of a second.
    virtual void on_tick() = 0;

protected:
    ~Listener() = default;
};

class Session final : public line::Client {
public:
    /// Holds the stack's lock; what was made to be sent goes out after it. Does not nest.
    class Turn {
    public:
        Turn();
        ~Turn();
        Turn(const Turn &) = delete;
        Turn &operator=(const Turn &) = delete;
    };

    explicit Session(Listener &listener);

    /// In a Turn: let others have theirs, until resume().
    void pause();
    void resume() { lock(); }

    static Session &instance();

    bool up() const { return _state == State::up; }

    /// Ask the host for a session. It tells by on_up().
    void begin();

    /// End it, and tell the host.
    void end();

    /// How many messages there is room for now; some stay for others than data.
    size_t room() const { return up() ? kFrames - (_next - _first) : 0; }

    /// Most bytes that can be sent with this message now.
    size_t data_room(offload_ToHost &message) const;

    /// Send a message; the session's own fields are filled in. There is room for it, and the session is up.
    void send(offload_ToHost &message, Bytes data = {});

    /// Time after which something that was sent must have had its answer, in us.
    static uint64_t patience_us();

    void take(const uint8_t *message, size_t length) override;
    void damaged() override;
    uint32_t tick() override;

    static constexpr size_t kFrames = MBED_CONF_OFFLOAD_SEND_FRAMES;

private:
    enum class State : uint8_t { down, asking, up };

    static constexpr size_t kPayload = MBED_CONF_OFFLOAD_FRAME_BYTES + line::kFrameOverhead;

    struct Sent {
        line::FrameWriter<kPayload> frame;
        uint16_t bytes;
    };

    void lock() { _lock.lock(); }
    void unlock() { _lock.unlock(); }
    bool flush_one();
    void flush();
    size_t make_small(uint8_t *&frame);
    void fill_in(offload_ToHost &message, const Bytes &data) const;
    size_t encode(offload_ToHost &message, const Bytes &data, uint8_t *to, size_t room) const;
    void acknowledged(uint32_t up_to);
    void retire();
    void ask_again();
    void take_in_order(const Bytes &data);
    void go_down();

    Listener &_listener;
    rtos::Mutex _lock; // the stack's
    State _state = State::down;
    uint8_t _retries = 0; // of what is under way
    uint32_t _number = 0;
    uint32_t _asked_for = 0; // id of the newest session that was
    uint64_t _heard_us = 0;

    // Out. Messages from _first on wait to be acknowledged, those from _unsent on to be written at all.
    Sent _window[kFrames];
    uint32_t _first = 1, _next = 1, _unsent = 1;
    uint32_t _acknowledged = 0;
    uint64_t _progress_us = 0; // of what is under way
    rtos::Mutex _writer;   // whose owner writes to the line, without the lock; a thread that is terminated gives it up
    uint32_t _written = 0; // the message that is being written

    // In.
    offload_ToTarget _in;
    uint32_t _expected = 1;
    uint64_t _asked_us = 0; // when `again` was said for what is expected now; 0: not yet

    // To be said by a message without a sequence.
    bool _bye = false, _hello = false, _ack = false, _again = false;
    uint64_t _hello_us = 0;
    line::FrameWriter<40 + line::kFrameOverhead> _small;
};

} // namespace offload
} // namespace tlsbench
