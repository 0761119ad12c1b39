#pragma once

#include "rtos/Kernel.h"

#include <algorithm>

namespace tlsbench::tls {

/// The moment by which a call has to be over, however many waits it is made of.
class Deadline {
public:
    using Milliseconds = rtos::Kernel::Clock::duration_u32;

    /// @param timeout_ms milliseconds from now; negative: never
    explicit Deadline(int timeout_ms)
        : _never(timeout_ms < 0), _end(rtos::Kernel::Clock::now() + std::chrono::milliseconds(timeout_ms))
    {
    }

    /// What is left, 0 when it has passed, wait_for_u32_forever when it never will.
    Milliseconds left() const
    {
        if (_never) {
            return rtos::Kernel::wait_for_u32_forever;
        }
        auto left = _end - rtos::Kernel::Clock::now();
        return Milliseconds(uint32_t(std::max<int64_t>(left.count(), 0)));
    }

    bool passed() const { return left().count() == 0; }

    /// What is left as set_timeout() takes it: -1 when it never passes.
    int timeout() const { return _never ? -1 : int(left().count()); }

private:
    bool _never;
    rtos::Kernel::Clock::time_point _end;
};

} // namespace tlsbench::tls
