// Frames between lwIP and the Ethernet controller.
#include "LwipInterface.h"

#include "lwip/etharp.h"
#include "lwip/tcpip.h"

#include <cstring>

using tlsbench::Ethernet;

err_t LwipInterface::on_init(struct netif *netif)
{
    auto *self = static_cast<LwipInterface *>(netif->state);
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->hostname = "tlsbench";
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
    netif->hwaddr_len = Ethernet::mac_bytes;
    memcpy(netif->hwaddr, self->_mac, Ethernet::mac_bytes);
    netif->output = etharp_output;
    netif->linkoutput = [](struct netif *interface, struct pbuf *frame) {
        return static_cast<LwipInterface *>(interface->state)->send_frame(frame);
    };
    return ERR_OK;
}

/// The controller's interrupt.
void LwipInterface::attention()
{
    // Never refused: the mailbox has room for more than the one message that is posted per rearm().
    tcpip_callbackmsg_trycallback_fromisr(_wake);
}

/// In lwIP's thread, under its lock.
void LwipInterface::serve_controller()
{
    Ethernet &controller = tlsbench::ethernet();
    controller.service();
    receive_frames();
    const bool link = controller.link() != Ethernet::Link::down;
    if (!_present) {
        // Without an address the interface was never added: nobody wants to know.
    } else if (link && !netif_is_link_up(&_netif)) {
        netif_set_link_up(&_netif);
    } else if (!link && netif_is_link_up(&_netif)) {
        netif_set_link_down(&_netif);
    }
    controller.rearm();
}

void LwipInterface::receive_frames()
{
    Ethernet &controller = tlsbench::ethernet();
    while (const size_t size = controller.next_frame()) {
        struct pbuf *frame = _present ? pbuf_alloc(PBUF_RAW, u16_t(size), PBUF_POOL) : nullptr;
        // Without memory the frame is lost, as on a congested wire; TCP sends it again.
        for (struct pbuf *part = frame; part; part = part->next) {
            controller.read(part->payload, part->len);
        }
        controller.discard();
        if (frame && _netif.input(frame, &_netif) != ERR_OK) {
            pbuf_free(frame);
        }
    }
}

err_t LwipInterface::send_frame(struct pbuf *frame)
{
    Ethernet &controller = tlsbench::ethernet();
    pbuf_remove_header(frame, ETH_PAD_SIZE);
    const bool room = controller.begin_frame(frame->tot_len);
    u16_t rest = frame->tot_len;
    for (struct pbuf *part = frame; room && part; part = part->next) {
        if (part->len > 0) {
            controller.write(part->payload, part->len, rest == frame->tot_len, rest == part->len);
            rest = u16_t(rest - part->len);
        }
    }
    pbuf_add_header(frame, ETH_PAD_SIZE);
    return room ? ERR_OK : ERR_IF;
}
