/* A callable without heap: Mbed OS's mbed::Callback. */
#pragma once

#include "platform/mbed_assert.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace mbed {

template <typename Signature> class Callback;

/// Holds a function pointer, an object with a member function, or a small lambda, in four words. What it holds must be
/// trivially copyable and at most three words (an object and a member function pointer), so that copying a Callback is
/// copying memory. An empty one compares equal to nullptr; calling it stops with an assert.
template <typename R, typename... Args> class Callback<R(Args...)> {
public:
    Callback() = default;
    Callback(std::nullptr_t) {}

    Callback(R (*function)(Args...))
    {
        if (function) {
            hold(function);
        }
    }

    template <typename T, typename U> Callback(U *object, R (T::*method)(Args...)) { bind(object, method); }
    template <typename T, typename U> Callback(const U *object, R (T::*method)(Args...) const) { bind(object, method); }

    /// A function whose first argument is the object, as Mbed OS allows.
    template <typename T, typename U> Callback(U *object, R (*function)(T *, Args...))
    {
        T *self = object;
        hold([self, function](Args... args) -> R { return function(self, std::forward<Args>(args)...); });
    }

    template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Callback> &&
                                                      std::is_invocable_r_v<R, std::decay_t<F> &, Args...>>>
    Callback(F function)
    {
        hold(function);
    }

    R call(Args... args) const
    {
        MBED_ASSERT(_invoke);
        return _invoke(_storage, std::forward<Args>(args)...);
    }
    R operator()(Args... args) const { return call(std::forward<Args>(args)...); }

    explicit operator bool() const { return _invoke != nullptr; }

    friend bool operator==(const Callback &a, const Callback &b)
    {
        return a._invoke == b._invoke && memcmp(a._storage, b._storage, sizeof a._storage) == 0;
    }
    friend bool operator!=(const Callback &a, const Callback &b) { return !(a == b); }
    friend bool operator==(const Callback &f, std::nullptr_t) { return !f; }
    friend bool operator==(std::nullptr_t, const Callback &f) { return !f; }
    friend bool operator!=(const Callback &f, std::nullptr_t) { return bool(f); }
    friend bool operator!=(std::nullptr_t, const Callback &f) { return bool(f); }

private:
    template <typename U, typename M> void bind(U *object, M method)
    {
        hold([object, method](Args... args) -> R { return (object->*method)(std::forward<Args>(args)...); });
    }

    template <typename F> void hold(const F &function)
    {
        static_assert(sizeof(F) <= sizeof _storage, "captures more than mbed::Callback has room for");
        static_assert(alignof(F) <= alignof(void *), "mbed::Callback cannot align what this captures");
        static_assert(std::is_trivially_copyable_v<F> && std::is_trivially_destructible_v<F>,
                      "mbed::Callback copies by copying memory");
        new (_storage) F(function);
        _invoke = [](const void *storage, Args... args) -> R {
            return (*static_cast<F *>(const_cast<void *>(storage)))(std::forward<Args>(args)...);
        };
    }

    R (*_invoke)(const void *, Args...) = nullptr;
    alignas(void *) unsigned char _storage[3 * sizeof(void *)] = {};
};

template <typename R, typename... Args> Callback<R(Args...)> callback(R (*function)(Args...) = nullptr)
{
    return Callback<R(Args...)>(function);
}

template <typename T, typename U, typename R, typename... Args>
Callback<R(Args...)> callback(U *object, R (T::*method)(Args...))
{
    return Callback<R(Args...)>(object, method);
}

template <typename T, typename U, typename R, typename... Args>
Callback<R(Args...)> callback(const U *object, R (T::*method)(Args...) const)
{
    return Callback<R(Args...)>(object, method);
}

template <typename T, typename U, typename R, typename... Args>
Callback<R(Args...)> callback(U *object, R (*function)(T *, Args...))
{
    return Callback<R(Args...)>(object, function);
}

} // namespace mbed
