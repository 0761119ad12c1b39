#ifndef TLSBENCH_STACKS_LWIP_LWIPINTERFACE_H
#define TLSBENCH_STACKS_LWIP_LWIPINTERFACE_H

#include "drivers/ethernet.h"
#include "lwip/netif.h"
#include "netsocket/EthInterface.h"
#include "rtos/EventFlags.h"
#include "rtos/Mutex.h"

/// The board's Ethernet controller under lwIP.
class LwipInterface final : public EthInterface {
public:
    /// How long connect() waits: auto-negotiation takes up to 3 s, a DHCP server that is there answers in two tries.
    static constexpr uint32_t link_timeout_ms = 5'000;
    static constexpr uint32_t dhcp_timeout_ms = 10'000;

    const char *get_mac_address() override;
    nsapi_error_t set_mac_address(uint8_t *mac_addr, nsapi_size_t addr_len) override;
    nsapi_error_t get_ip_address(SocketAddress *address) override;
    nsapi_error_t get_netmask(SocketAddress *address) override;
    nsapi_error_t get_gateway(SocketAddress *address) override;
    char *get_interface_name(char *interface_name) override;
    nsapi_error_t set_network(const SocketAddress &ip_address, const SocketAddress &netmask,
                              const SocketAddress &gateway) override;
    nsapi_error_t set_dhcp(bool dhcp) override;
    nsapi_error_t connect() override;
    nsapi_error_t disconnect() override;
    void attach(mbed::Callback<void(nsapi_event_t, intptr_t)> status_cb) override;
    nsapi_connection_status_t get_connection_status() const override;
    nsapi_error_t set_blocking(bool blocking) override;

private:
    enum Event : uint32_t { CHANGED = 1 };

    NetworkStack *get_stack() override;

    nsapi_error_t start();
    void bring_up();
    void bring_down();
    bool wait_for(bool (*reached)(const struct netif &), uint32_t timeout_ms);
    nsapi_error_t read_address(SocketAddress *out, const ip_addr_t &address);
    void update_status();

    void attention();
    void serve_controller();
    void receive_frames();
    err_t send_frame(struct pbuf *frame);

    // Called by lwIP.
    static err_t on_init(struct netif *netif);
    static void on_changed(struct netif *netif);

    struct netif _netif = {};
    struct tcpip_callback_msg *_wake = nullptr; // posted by the interrupt
    bool _present = false;                      // the controller works
    bool _dhcp = true;
    bool _blocking = true;
    bool _own_mac = false;
    uint8_t _mac[tlsbench::Ethernet::mac_bytes] = {};
    char _mac_text[NSAPI_MAC_SIZE] = {};
    SocketAddress _address, _netmask, _gateway; // static ones
    nsapi_connection_status_t _status = NSAPI_STATUS_DISCONNECTED;
    mbed::Callback<void(nsapi_event_t, intptr_t)> _status_cb;
    rtos::EventFlags _events;
    rtos::Mutex _lock; // of connect, disconnect and settings
};

#endif
