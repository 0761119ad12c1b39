// SMSC LAN9118 family: Ethernet controller with its own frame buffer, on the memory bus.
// Source: LAN9118 data sheet and application note AN 12.12 (programmer's reference).
// QEMU raises the receive interrupt when a frame arrives, not as long as frames are there: every frame must be read
// before the interrupt is let through again.

#include "board_config.h"
#include "drivers/ethernet.h"
#include "drivers/lan9118/registers.h"
#include "platform/clock.h"
#include "platform/irq.h"

#include <cstring>

namespace tlsbench {
namespace {

using namespace lan9118;

constexpr uint32_t crc_bytes = 4;
constexpr uint32_t tx_fifo_kib = 5;      // default split: 4.5 KiB of frames to send, 10.5 KiB of received ones
constexpr uint32_t tx_command_bytes = 8; // two command words
constexpr uint32_t tx_segments_max = 8;  // parts that begin_frame makes room for
constexpr uint64_t reset_us = 100'000;   // data sheet: a soft reset takes microseconds, the PHY's start 5 ms
constexpr uint64_t register_us = 1'000;  // MAC and PHY registers answer within tens of microseconds
constexpr uint64_t tx_room_us = 5'000;   // a full transmit FIFO at 10 Mbit/s empties in 4 ms

class Lan9118 final : public Ethernet {
public:
    bool start(mbed::Callback<void()> attention) override;
    bool mac_address(uint8_t (&address)[mac_bytes]) override;
    void set_mac_address(const uint8_t (&address)[mac_bytes]) override;
    Link link() const override { return _link; }
    void service() override;
    void rearm() override { write_register(irq_cfg, irq_line | irq_enable_bit); }
    size_t next_frame() override;
    void read(void *to, size_t size) override;
    void discard() override;
    bool begin_frame(size_t size) override;
    void write(const void *from, size_t size, bool first, bool last) override;

    void interrupt();

private:
    static constexpr uint32_t irq_line = irq_polarity_high | irq_push_pull;

    static volatile uint32_t &at(uint32_t offset)
    {
        return *reinterpret_cast<volatile uint32_t *>(BOARD_ETHERNET_BASE + offset);
    }
    static uint32_t read_register(Register which) { return at(which); }
    static void write_register(Register which, uint32_t value) { at(which) = value; }
    static bool wait(Register which, uint32_t mask, uint32_t wanted, uint64_t timeout_us);

    static uint32_t mac_read(MacRegister which);
    static void mac_write(MacRegister which, uint32_t value);
    static uint32_t phy_read(PhyRegister which);
    static void phy_write(PhyRegister which, uint32_t value);
    void update_link();

    mbed::Callback<void()> _attention;
    Link _link = Link::down;
    uint32_t _rx_words = 0; // words of the current frame still in the FIFO
    uint32_t _tx_tag = 0;   // ties the parts of a frame together
    uint32_t _tx_bytes = 0; // of the current frame
};

Lan9118 controller;

bool Lan9118::wait(Register which, uint32_t mask, uint32_t wanted, uint64_t timeout_us)
{
    const uint64_t deadline = uptime_us() + timeout_us;
    while ((read_register(which) & mask) != wanted) {
        if (uptime_us() > deadline) {
            return false;
        }
    }
    return true;
}

bool Lan9118::start(mbed::Callback<void()> attention)
{
    irq_disable(BOARD_ETHERNET_IRQ);
    // Reading byte_test wakes the chip; the other registers may be used once it is ready.
    if (!wait(byte_test, UINT32_MAX, byte_test_value, reset_us) ||
        !wait(pmt_ctrl, pmt_ctrl_ready, pmt_ctrl_ready, reset_us)) {
        return false;
    }
    const uint32_t chip = read_register(id_rev) >> 16;
    if (chip != 0x0118 && chip != 0x9220) { // LAN9118; LAN9220, the same registers, on the real MPS2
        return false;
    }
    write_register(hw_cfg, hw_cfg_reset);
    if (!wait(hw_cfg, hw_cfg_reset, 0, reset_us) || !wait(pmt_ctrl, pmt_ctrl_ready, pmt_ctrl_ready, reset_us)) {
        return false;
    }
    _attention = attention;
    _link = Link::down;
    _rx_words = 0;

    write_register(int_en, 0);
    write_register(int_sts, UINT32_MAX);
    write_register(hw_cfg, hw_cfg_must_be_one | tx_fifo_kib << hw_cfg_tx_fifo_shift);
    write_register(fifo_int, 0); // interrupt from the first received frame on
    write_register(rx_cfg, rx_cfg_dump | pad_bytes << rx_cfg_offset_shift);
    write_register(rx_cfg, pad_bytes << rx_cfg_offset_shift);
    write_register(tx_cfg, tx_cfg_status_dump | tx_cfg_data_dump);
    write_register(tx_cfg, tx_cfg_status_overrun | tx_cfg_on);

    phy_write(phy_control, phy_control_autonegotiate);
    phy_read(phy_int_source); // clears it
    phy_write(phy_int_mask, phy_int_autonegotiated | phy_int_link_down);
    update_link();

    write_register(int_en, int_phy | int_rx_status_level);
    rearm();
    irq_enable(BOARD_ETHERNET_IRQ);
    return true;
}

void Lan9118::interrupt()
{
    write_register(irq_cfg, irq_line); // silent until rearm()
    if (_attention) {
        _attention();
    }
}

void Lan9118::service()
{
    const uint32_t status = read_register(int_sts);
    write_register(int_sts, status);
    if (status & int_phy) {
        phy_read(phy_int_source);
        update_link();
    }
}

/// Take over what auto-negotiation found. The MAC must be told the duplex mode.
void Lan9118::update_link()
{
    phy_read(phy_status); // "link down" is latched until read
    if (!(phy_read(phy_status) & phy_status_link)) {
        _link = Link::down;
    } else {
        const uint32_t common = phy_read(phy_advertised) & phy_read(phy_partner);
        const bool full = (common & ability_100_full) || (!(common & ability_100_half) && (common & ability_10_full));
        _link = full ? Link::full_duplex : Link::half_duplex;
    }
    mac_write(mac_cr, mac_cr_rx_enable | mac_cr_tx_enable | (_link == Link::full_duplex ? mac_cr_full_duplex : 0));
}

bool Lan9118::mac_address(uint8_t (&address)[mac_bytes])
{
    const uint32_t low = mac_read(mac_addrl);
    const uint32_t high = mac_read(mac_addrh) & 0xffff;
    memcpy(address, &low, 4);
    memcpy(address + 4, &high, 2);
    const bool erased = low == UINT32_MAX && high == 0xffff;
    const bool group = address[0] & 1;
    return !erased && !group && (low | high) != 0;
}

void Lan9118::set_mac_address(const uint8_t (&address)[mac_bytes])
{
    uint32_t low = 0, high = 0;
    memcpy(&low, address, 4);
    memcpy(&high, address + 4, 2);
    mac_write(mac_addrl, low);
    mac_write(mac_addrh, high);
}

size_t Lan9118::next_frame()
{
    while ((read_register(rx_fifo_inf) >> 16 & 0xff) != 0) { // frames received
        const uint32_t status = read_register(rx_status_fifo);
        const uint32_t length = status >> rx_status_length_shift & rx_status_length_mask;
        _rx_words = (pad_bytes + length + 3) / 4;
        if (!(status & rx_status_error) && length > crc_bytes && length <= frame_max_bytes + crc_bytes) {
            return pad_bytes + length - crc_bytes;
        }
        discard();
    }
    return 0;
}

void Lan9118::read(void *to, size_t size)
{
    uint32_t *words = static_cast<uint32_t *>(to);
    for (size_t i = 0; i < size / 4; i++) {
        words[i] = read_register(rx_data_fifo);
    }
    _rx_words -= size / 4;
    if (size % 4) {
        const uint32_t last = read_register(rx_data_fifo);
        memcpy(words + size / 4, &last, size % 4);
        _rx_words--;
    }
}

void Lan9118::discard()
{
    // The chip can skip a frame by itself (RX_DP_CTRL), but QEMU's version of that loses count.
    for (; _rx_words > 0; _rx_words--) {
        read_register(rx_data_fifo);
    }
}

bool Lan9118::begin_frame(size_t size)
{
    _tx_tag = (_tx_tag + 1) & 0xffff;
    _tx_bytes = size;
    const uint32_t needed = size + tx_segments_max * (tx_command_bytes + 3);
    const uint64_t deadline = uptime_us() + tx_room_us;
    while ((read_register(tx_fifo_inf) & 0xffff) < needed) {
        if (uptime_us() > deadline) {
            return false;
        }
    }
    return true;
}

void Lan9118::write(const void *from, size_t size, bool first, bool last)
{
    write_register(tx_data_fifo, size | (first ? tx_first_segment : 0) | (last ? tx_last_segment : 0));
    write_register(tx_data_fifo, _tx_tag << tx_tag_shift | _tx_bytes);
    const uint8_t *bytes = static_cast<const uint8_t *>(from);
    for (; size >= 4; size -= 4, bytes += 4) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        write_register(tx_data_fifo, word);
    }
    if (size) {
        uint32_t word = 0;
        memcpy(&word, bytes, size);
        write_register(tx_data_fifo, word);
    }
}

uint32_t Lan9118::mac_read(MacRegister which)
{
    write_register(mac_csr_cmd, mac_csr_busy | mac_csr_read | which);
    wait(mac_csr_cmd, mac_csr_busy, 0, register_us);
    return read_register(mac_csr_data);
}

void Lan9118::mac_write(MacRegister which, uint32_t value)
{
    write_register(mac_csr_data, value);
    write_register(mac_csr_cmd, mac_csr_busy | which);
    wait(mac_csr_cmd, mac_csr_busy, 0, register_us);
}

uint32_t Lan9118::phy_read(PhyRegister which)
{
    mac_write(mac_mii_acc, internal_phy << mii_phy_shift | which << mii_register_shift | mii_busy);
    const uint64_t deadline = uptime_us() + register_us;
    while ((mac_read(mac_mii_acc) & mii_busy) && uptime_us() <= deadline) {
    }
    return mac_read(mac_mii_data) & 0xffff;
}

void Lan9118::phy_write(PhyRegister which, uint32_t value)
{
    mac_write(mac_mii_data, value);
    mac_write(mac_mii_acc, internal_phy << mii_phy_shift | which << mii_register_shift | mii_write | mii_busy);
    const uint64_t deadline = uptime_us() + register_us;
    while ((mac_read(mac_mii_acc) & mii_busy) && uptime_us() <= deadline) {
    }
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
