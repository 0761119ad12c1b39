#pragma once

namespace mbed {

/// Deriving from it makes a class neither copyable nor assignable. The parameter keeps empty bases distinct.
template <typename T> class NonCopyable {
protected:
    constexpr NonCopyable() = default;
    ~NonCopyable() = default;

public:
    NonCopyable(const NonCopyable &) = delete;
    NonCopyable &operator=(const NonCopyable &) = delete;
};

} // namespace mbed
