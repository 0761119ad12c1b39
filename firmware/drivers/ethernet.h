// The board's one wired network interface. A chip family's driver implements it; a network stack uses it.
#pragma once

#include "platform/Callback.h"

#include <cstddef>
#include <cstdint>

namespace tlsbench {

/// An Ethernet controller that keeps received frames until they are read. Nothing here blocks for longer than a frame
/// takes on the wire. Calls must not overlap: the stack makes them under one lock.
///
/// The attention callback comes from an interrupt, once. Then the stack, in a thread, calls service(), reads every
/// frame, looks at link(), and calls rearm() to be told again.
class Ethernet {
public:
    static constexpr size_t mac_bytes = 6;
    static constexpr size_t frame_max_bytes = 1514; ///< without frame check sequence
    static constexpr size_t pad_bytes = 2;          ///< unused bytes in front of each frame, so that IP is aligned

    enum class Link : uint8_t { down, half_duplex, full_duplex };

    /// Reset the controller and start reception.
    /// @param attention called from the interrupt: frames have come in or the link has changed
    /// @return false if there is no such controller, or it stays in reset
    virtual bool start(mbed::Callback<void()> attention) = 0;

    /// Address that the controller was given at power-on, or by set_mac_address().
    /// @return false if it has none
    virtual bool mac_address(uint8_t (&address)[mac_bytes]) = 0;
    virtual void set_mac_address(const uint8_t (&address)[mac_bytes]) = 0;

    /// State of the link as of the last service().
    virtual Link link() const = 0;

    /// Begin to look at what the controller wants; see above.
    virtual void service() = 0;
    virtual void rearm() = 0;

    /// Take the next received frame out of the controller.
    /// @return its bytes, pad_bytes included; 0 if there is none. read() it all, or discard() it.
    virtual size_t next_frame() = 0;

    /// Read a part of the frame, in order. All parts but the last must be whole words (4 bytes).
    /// @param to word aligned
    virtual void read(void *to, size_t size) = 0;

    /// Skip what is left of the frame; call it after the last read, too.
    virtual void discard() = 0;

    /// Begin to send a frame.
    /// @param size bytes, without pad
    /// @return false if there is no room for it: drop it
    virtual bool begin_frame(size_t size) = 0;

    /// Add a part of the frame, in order.
    /// @param first, last whether it is the frame's first part, its last part
    virtual void write(const void *from, size_t size, bool first, bool last) = 0;

protected:
    ~Ethernet() = default;
};

/// The board's controller.
Ethernet &ethernet();

} // namespace tlsbench
