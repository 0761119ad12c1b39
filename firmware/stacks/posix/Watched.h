// What the watcher can tell of changes: a socket of the operating system, or whoever stands for one.
#pragma once

namespace tlsbench {
namespace posix {

/// All members need the stack's lock.
class Watched {
public:
    void attach(void (*callback)(void *), void *data)
    {
        _callback = callback;
        _callback_data = data;
    }

    /// Called by the watcher: something may have happened.
    void changed() const
    {
        if (_callback) {
            _callback(_callback_data);
        }
    }

private:
    void (*_callback)(void *) = nullptr;
    void *_callback_data = nullptr;
};

} // namespace posix
} // namespace tlsbench
