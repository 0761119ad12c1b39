// The Ethernet controller of a Stellaris microcontroller (LM3S6965 data sheet, chapter 15): 2 KB of buffer either way,
// read and written through one register. Each frame in the buffer begins with two bytes of length, so it lies there as
// the stack wants it: two bytes in front that align IP.
#include "board_config.h"
#include "drivers/ethernet.h"
#include "drivers/stellaris/system_control.h"
#include "platform/clock.h"
#include "platform/irq.h"

#include <cstring>

namespace tlsbench {
namespace {

// Offsets in bytes.
enum Register : uint32_t {
    interrupts = 0x00, // written: taken back
    interrupt_mask = 0x04,
    rx_control = 0x08,
    tx_control = 0x0c,
    data = 0x10,
    address_low = 0x14,
    address_high = 0x18,
    phy_command = 0x20,
    phy_clock = 0x24,
    phy_written = 0x2c,
    phy_was_read = 0x30,
    rx_frames = 0x34,
    tx_request = 0x38,
};

constexpr uint32_t int_rx = 1u << 0, int_tx_error = 1u << 1, int_rx_overflow = 1u << 3, int_rx_error = 1u << 4,
                   int_phy = 1u << 6;
constexpr uint32_t rx_on = 1u << 0, rx_reject_bad_crc = 1u << 3, rx_clear = 1u << 4;
constexpr uint32_t tx_on = 1u << 0, tx_pad = 1u << 1, tx_append_crc = 1u << 2, tx_full_duplex = 1u << 3;
constexpr uint32_t rx_frames_mask = 0x3f;

constexpr uint32_t phy_start = 1u << 0, phy_write_bit = 1u << 1;
constexpr unsigned phy_register_shift = 3;
constexpr uint32_t phy_hz_max = 2'500'000;

enum PhyRegister : uint32_t { phy_control = 0, phy_status = 1, phy_id = 2, phy_interrupts = 17, phy_diagnostic = 18 };
constexpr uint32_t phy_control_autonegotiate = 1u << 12 | 1u << 9; // enable, restart
constexpr uint32_t phy_status_link = 1u << 2;
constexpr uint32_t phy_int_link = 1u << 10, phy_int_autonegotiated = 1u << 8; // of phy_interrupts: let through
constexpr uint32_t phy_diagnostic_full = 1u << 11;

constexpr uint32_t buffer_bytes = 2048, length_bytes = 2, header_bytes = 14, crc_bytes = 4;
constexpr uint64_t phy_us = 1'000;     // a register takes 64 bits at 2.5 MHz: 26 us
constexpr uint64_t tx_room_us = 5'000; // a whole frame at 10 Mbit/s takes 1.3 ms

class StellarisEthernet final : public Ethernet {
public:
    bool start(mbed::Callback<void()> attention) override;
    bool mac_address(uint8_t (&address)[mac_bytes]) override;
    void set_mac_address(const uint8_t (&address)[mac_bytes]) override;
    Link link() const override { return _link; }
    void service() override;
    void rearm() override { at(interrupt_mask) = int_rx | int_rx_overflow | int_phy; }
    size_t next_frame() override;
    void read(void *to, size_t size) override;
    void discard() override;
    bool begin_frame(size_t size) override;
    void write(const void *from, size_t size, bool first, bool last) override;

    void interrupt();

private:
    static volatile uint32_t &at(Register which)
    {
        return *reinterpret_cast<volatile uint32_t *>(BOARD_ETHERNET_BASE + which);
    }
    static bool wait(Register which, uint32_t mask, uint64_t timeout_us);
    static void clear_received();
    static uint32_t phy_read(PhyRegister which);
    static void phy_write(PhyRegister which, uint32_t value);
    void update_link();

    mbed::Callback<void()> _attention;
    Link _link = Link::down;
    uint32_t _rx_first = 0;  // the first word of the current frame: the controller gives it with the length
    bool _rx_begun = false;  // it was handed on
    uint32_t _rx_words = 0;  // of the current frame, still in the controller
    uint32_t _tx_word = 0;   // bytes that do not fill a word yet,
    unsigned _tx_filled = 0; // and how many
};

StellarisEthernet controller;

/// Until all bits of a mask are clear.
bool StellarisEthernet::wait(Register which, uint32_t mask, uint64_t timeout_us)
{
    const uint64_t deadline = uptime_us() + timeout_us;
    while (at(which) & mask) {
        if (uptime_us() > deadline) {
            return false;
        }
    }
    return true;
}

bool StellarisEthernet::start(mbed::Callback<void()> attention)
{
    irq_disable(BOARD_ETHERNET_IRQ);
    _attention = attention;
    _link = Link::down;
    _rx_words = 0;
    at(interrupt_mask) = 0;
    at(rx_control) = 0;
    at(tx_control) = 0;
    clear_received();
    at(phy_clock) = (BOARD_CLOCK_HZ / 2 + phy_hz_max - 1) / phy_hz_max - 1;
    uint8_t address[mac_bytes];
    if (mac_address(address)) {
        set_mac_address(address);
    }
    phy_write(phy_control, phy_control_autonegotiate);
    phy_read(phy_interrupts); // takes them back
    phy_write(phy_interrupts, phy_int_link | phy_int_autonegotiated);
    at(interrupts) = UINT32_MAX;
    update_link();
    at(rx_control) = rx_on | rx_reject_bad_crc;
    rearm();
    irq_enable(BOARD_ETHERNET_IRQ);
    return true;
}

void StellarisEthernet::interrupt()
{
    at(interrupt_mask) = 0; // silent until rearm()
    if (_attention) {
        _attention();
    }
}

// Taken back before the frames are read: one that comes meanwhile tells again. What overflowed the buffer is lost, as
// on a congested wire.
void StellarisEthernet::service()
{
    const uint32_t status = at(interrupts);
    at(interrupts) = status & (int_rx | int_rx_overflow | int_rx_error | int_tx_error | int_phy);
    if (status & int_phy) {
        phy_read(phy_interrupts);
        update_link();
    }
}

void StellarisEthernet::clear_received()
{
    const uint32_t control = at(rx_control);
    at(rx_control) = rx_clear;
    at(rx_control) = control;
}

/// Take over what auto-negotiation found. The MAC must be told the duplex mode. Where no PHY answers, as in QEMU, the
/// wire is there.
void StellarisEthernet::update_link()
{
    const uint32_t id = phy_read(phy_id);
    const bool answers = id != 0 && id != 0xffff;
    phy_read(phy_status); // "link down" is latched until read
    if (answers && !(phy_read(phy_status) & phy_status_link)) {
        _link = Link::down;
    } else {
        _link = !answers || phy_read(phy_diagnostic) & phy_diagnostic_full ? Link::full_duplex : Link::half_duplex;
    }
    at(tx_control) = tx_on | tx_pad | tx_append_crc | (_link == Link::full_duplex ? tx_full_duplex : 0);
}

bool StellarisEthernet::mac_address(uint8_t (&address)[mac_bytes])
{
    const stellaris::UserRegisters user = stellaris::user_registers();
    for (unsigned i = 0; i < mac_bytes / 2; i++) {
        address[i] = uint8_t(user.low >> 8 * i);
        address[i + mac_bytes / 2] = uint8_t(user.high >> 8 * i);
    }
    const bool never_given = user.low == UINT32_MAX && user.high == UINT32_MAX;
    const bool group = address[0] & 1;
    return !never_given && !group && (user.low | user.high) != 0;
}

void StellarisEthernet::set_mac_address(const uint8_t (&address)[mac_bytes])
{
    uint32_t low = 0, high = 0;
    memcpy(&low, address, 4);
    memcpy(&high, address + 4, 2);
    at(address_low) = low;
    at(address_high) = high;
}

size_t StellarisEthernet::next_frame()
{
    while (at(rx_frames) & rx_frames_mask) {
        _rx_first = at(data);
        const uint32_t length = _rx_first & 0xffff; // of it all: these two bytes, frame, frame check sequence
        if (length <= length_bytes + header_bytes + crc_bytes || length > buffer_bytes) {
            clear_received(); // out of step with the controller
            continue;
        }
        _rx_words = (length + 3) / 4 - 1;
        _rx_begun = false;
        if (length <= length_bytes + frame_max_bytes + crc_bytes) {
            return pad_bytes + length - length_bytes - crc_bytes;
        }
        discard();
    }
    return 0;
}

void StellarisEthernet::read(void *to, size_t size)
{
    uint8_t *bytes = static_cast<uint8_t *>(to);
    while (size > 0) {
        uint32_t word = _rx_first;
        if (_rx_begun) {
            word = at(data);
            _rx_words--;
        }
        _rx_begun = true;
        const size_t part = size < 4 ? size : 4;
        memcpy(bytes, &word, part);
        bytes += part;
        size -= part;
    }
}

void StellarisEthernet::discard()
{
    for (; _rx_words > 0; _rx_words--) {
        (void)uint32_t(at(data));
    }
}

bool StellarisEthernet::begin_frame(size_t size)
{
    if (!wait(tx_request, 1, tx_room_us)) { // the one frame that it holds is still going out
        return false;
    }
    _tx_word = uint32_t(size - header_bytes);
    _tx_filled = length_bytes;
    return true;
}

void StellarisEthernet::write(const void *from, size_t size, bool, bool last)
{
    const uint8_t *bytes = static_cast<const uint8_t *>(from);
    while (size > 0) {
        const size_t part = size < 4 ? size : 4;
        uint32_t word = 0;
        memcpy(&word, bytes, part);
        bytes += part;
        size -= part;
        _tx_word |= word << 8 * _tx_filled;
        _tx_filled += part;
        if (_tx_filled >= 4) {
            at(data) = _tx_word;
            _tx_filled -= 4;
            _tx_word = _tx_filled ? word >> 8 * (part - _tx_filled) : 0;
        }
    }
    if (last) {
        if (_tx_filled) {
            at(data) = _tx_word;
        }
        at(tx_request) = 1;
    }
}

uint32_t StellarisEthernet::phy_read(PhyRegister which)
{
    at(phy_command) = which << phy_register_shift | phy_start;
    wait(phy_command, phy_start, phy_us);
    return at(phy_was_read) & 0xffff;
}

void StellarisEthernet::phy_write(PhyRegister which, uint32_t value)
{
    at(phy_written) = value;
    at(phy_command) = which << phy_register_shift | phy_write_bit | phy_start;
    wait(phy_command, phy_start, phy_us);
}

} // namespace

Ethernet &ethernet()
{
    return controller;
}

} // namespace tlsbench

extern "C" void ethernet_irq_handler()
{
    tlsbench::controller.interrupt();
}
