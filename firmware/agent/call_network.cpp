#include "call_maker.h"

#include "netsocket/NetworkInterface.h"
#include "platform/mbed_assert.h"
#include "platform/mbed_critical.h"

#include <cstring>

namespace tlsbench::agent {

namespace {

/// A frame of few words, so that it cannot step over the guard at the end of the stack.
__attribute__((noinline)) void overflow_stack(volatile uint32_t *deeper)
{
    volatile uint32_t depth = *deeper + 1;
    if (depth != 0) {
        overflow_stack(&depth);
    }
    depth = 0; // not the last thing done: no tail call
}

void stop(tlsbench_Fault_Kind kind)
{
    volatile uint32_t depth = 0;
    switch (kind) {
        case tlsbench_Fault_Kind_ASSERT: MBED_ASSERT(!"asked for by the host"); break;
        case tlsbench_Fault_Kind_STACK_OVERFLOW: overflow_stack(&depth); break;
        case tlsbench_Fault_Kind_HANG:
            core_util_critical_section_enter();
            for (;;) {
            }
        case tlsbench_Fault_Kind_HARD_FAULT:
            // With interrupts off an undefined instruction has no handler of its own and becomes a hard fault.
            core_util_critical_section_enter();
            __builtin_trap();
    }
}

} // namespace

void put_text(const SocketAddress &from, char (&text)[sizeof(tlsbench_Address::address)])
{
    if (const char *address = from.get_ip_address()) {
        strlcpy(text, address, sizeof text);
    }
}

void CallMaker::interface_call()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    switch (_call.which_what) {
        case tlsbench_Call_network_up_tag: network_up(); break;
        case tlsbench_Call_network_down_tag: timed([&] { return network->disconnect(); }); break;
        case tlsbench_Call_resolve_tag:
            addressed(
                [&](SocketAddress &address) { return network->gethostbyname(_call.what.resolve.host, &address); });
            break;
        case tlsbench_Call_fault_tag: stop(_call.what.fault.kind); break;
    }
}

bool CallMaker::is_address(const char *text)
{
    if (!SocketAddress().set_ip_address(text)) {
        _out.refusal.say("\"%s\" is no IP address", text);
        return false;
    }
    return true;
}

void CallMaker::network_up()
{
    NetworkInterface *network = NetworkInterface::get_default_instance();
    const tlsbench_NetworkUp &how = _call.what.network_up;
    if (!how.dhcp) {
        for (const char *text : {how.address, how.netmask, how.gateway, how.dns}) {
            if (text[0] && !is_address(text)) {
                return;
            }
        }
    }
    timed([&] {
        nsapi_error_t error = how.dhcp ? network->set_dhcp(true)
                                       : network->set_network(SocketAddress(how.address), SocketAddress(how.netmask),
                                                              SocketAddress(how.gateway));
        if (error == NSAPI_ERROR_OK && how.dns[0]) {
            error = network->add_dns_server(SocketAddress(how.dns));
        }
        return error == NSAPI_ERROR_OK ? network->connect() : error;
    });
    SocketAddress place;
    network->get_ip_address(&place);
    put_text(place, _out.address.address);
    network->get_netmask(&place);
    put_text(place, _out.address.netmask);
    network->get_gateway(&place);
    put_text(place, _out.address.gateway);
    _out.body = tlsbench_Reply_address_tag;
}

} // namespace tlsbench::agent
