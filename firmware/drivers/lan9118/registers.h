// Registers of the SMSC LAN9118 family (LAN9118 data sheet, chapter 5; PHY: section 5.5). Offsets in bytes.
#pragma once

#include <cstdint>

namespace tlsbench {
namespace lan9118 {

enum Register : uint32_t {
    rx_data_fifo = 0x00,
    tx_data_fifo = 0x20,
    rx_status_fifo = 0x40,
    id_rev = 0x50,
    irq_cfg = 0x54,
    int_sts = 0x58,
    int_en = 0x5c,
    byte_test = 0x64,
    fifo_int = 0x68,
    rx_cfg = 0x6c,
    tx_cfg = 0x70,
    hw_cfg = 0x74,
    rx_fifo_inf = 0x7c,
    tx_fifo_inf = 0x80,
    pmt_ctrl = 0x84,
    mac_csr_cmd = 0xa4,
    mac_csr_data = 0xa8,
};

constexpr uint32_t byte_test_value = 0x87654321; // what byte_test reads once the bus works

// irq_cfg: the line is an active-high push-pull output; without both it is an open drain.
constexpr uint32_t irq_enable_bit = 1u << 8;
constexpr uint32_t irq_polarity_high = 1u << 4;
constexpr uint32_t irq_push_pull = 1u << 0;

// int_sts, int_en
constexpr uint32_t int_phy = 1u << 18;
constexpr uint32_t int_rx_status_level = 1u << 3; // more received frames than fifo_int says

constexpr uint32_t rx_cfg_dump = 1u << 15;
constexpr unsigned rx_cfg_offset_shift = 8; // bytes that precede each frame in the FIFO

constexpr uint32_t tx_cfg_status_dump = 1u << 15;
constexpr uint32_t tx_cfg_data_dump = 1u << 14;
constexpr uint32_t tx_cfg_status_overrun = 1u << 2; // nobody reads transmit status: let it be overwritten
constexpr uint32_t tx_cfg_on = 1u << 1;

constexpr uint32_t hw_cfg_reset = 1u << 0;
constexpr uint32_t hw_cfg_must_be_one = 1u << 20;
constexpr unsigned hw_cfg_tx_fifo_shift = 16; // KiB of the 16 KiB buffer that go to transmission

constexpr uint32_t pmt_ctrl_ready = 1u << 0;

// rx_status_fifo
constexpr unsigned rx_status_length_shift = 16;
constexpr uint32_t rx_status_length_mask = 0x3fff; // frame check sequence included
constexpr uint32_t rx_status_error = 1u << 15;

// Transmit commands: two words before each part of a frame.
constexpr uint32_t tx_first_segment = 1u << 13;
constexpr uint32_t tx_last_segment = 1u << 12;
constexpr unsigned tx_tag_shift = 16;

// mac_csr_cmd
constexpr uint32_t mac_csr_busy = 1u << 31;
constexpr uint32_t mac_csr_read = 1u << 30;

enum MacRegister : uint32_t {
    mac_cr = 1,
    mac_addrh = 2,
    mac_addrl = 3,
    mac_mii_acc = 6,
    mac_mii_data = 7,
};

constexpr uint32_t mac_cr_full_duplex = 1u << 20;
constexpr uint32_t mac_cr_tx_enable = 1u << 3;
constexpr uint32_t mac_cr_rx_enable = 1u << 2;

constexpr uint32_t mii_busy = 1u << 0;
constexpr uint32_t mii_write = 1u << 1;
constexpr unsigned mii_register_shift = 6;
constexpr unsigned mii_phy_shift = 11;
constexpr uint32_t internal_phy = 1;

enum PhyRegister : uint32_t {
    phy_control = 0,
    phy_status = 1,
    phy_advertised = 4,
    phy_partner = 5,
    phy_int_source = 29,
    phy_int_mask = 30,
};

constexpr uint32_t phy_control_autonegotiate = 1u << 12 | 1u << 9; // enable, restart
constexpr uint32_t phy_status_link = 1u << 2;
constexpr uint32_t phy_int_autonegotiated = 1u << 6;
constexpr uint32_t phy_int_link_down = 1u << 4;

// phy_advertised, phy_partner
constexpr uint32_t ability_100_full = 1u << 8;
constexpr uint32_t ability_100_half = 1u << 7;
constexpr uint32_t ability_10_full = 1u << 6;

} // namespace lan9118
} // namespace tlsbench
