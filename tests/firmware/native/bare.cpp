// What a network interface and a stack answer of themselves, where whoever implements one says nothing.
#include "command.h"

#include "netsocket/NetworkInterface.h"
#include "netsocket/NetworkStack.h"
#include "platform/mbed_assert.h"

#include <cstring>

namespace {

/// Has no sockets and knows one host, by a callback before the call is over; another name fails so.
class BareStack final : public NetworkStack {
public:
    SocketAddress server;

    nsapi_value_or_error_t gethostbyname_async(const char *host, hostbyname_cb_t callback, nsapi_version_t,
                                               const char *) override
    {
        SocketAddress found("192.0.2.1");
        const bool known = strcmp(host, "known") == 0;
        callback(known ? 1 : int(NSAPI_ERROR_DNS_FAILURE), known ? &found : nullptr);
        return 0;
    }
    nsapi_error_t gethostbyname_async_cancel(int id) override { return id; }
    nsapi_error_t add_dns_server(const SocketAddress &address, const char *) override
    {
        server = address;
        return NSAPI_ERROR_OK;
    }
    nsapi_error_t get_dns_server(int index, SocketAddress *address, const char *) override
    {
        *address = server;
        return index ? NSAPI_ERROR_NO_ADDRESS : NSAPI_ERROR_OK;
    }

    using NetworkStack::getsockopt;
    using NetworkStack::setsockopt;

private:
    nsapi_error_t socket_open(nsapi_socket_t *, nsapi_protocol_t) override { return NSAPI_ERROR_NO_SOCKET; }
    nsapi_error_t socket_close(nsapi_socket_t) override { return NSAPI_ERROR_NO_SOCKET; }
    nsapi_error_t socket_bind(nsapi_socket_t, const SocketAddress &) override { return NSAPI_ERROR_NO_SOCKET; }
    nsapi_error_t socket_listen(nsapi_socket_t, int) override { return NSAPI_ERROR_NO_SOCKET; }
    nsapi_error_t socket_connect(nsapi_socket_t, const SocketAddress &) override { return NSAPI_ERROR_NO_SOCKET; }
    nsapi_error_t socket_accept(nsapi_socket_t, nsapi_socket_t *, SocketAddress *) override
    {
        return NSAPI_ERROR_NO_SOCKET;
    }
    nsapi_size_or_error_t socket_send(nsapi_socket_t, const void *, nsapi_size_t) override
    {
        return NSAPI_ERROR_NO_SOCKET;
    }
    nsapi_size_or_error_t socket_recv(nsapi_socket_t, void *, nsapi_size_t) override { return NSAPI_ERROR_NO_SOCKET; }
    nsapi_size_or_error_t socket_sendto(nsapi_socket_t, const SocketAddress &, const void *, nsapi_size_t) override
    {
        return NSAPI_ERROR_NO_SOCKET;
    }
    nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t, SocketAddress *, void *, nsapi_size_t) override
    {
        return NSAPI_ERROR_NO_SOCKET;
    }
    void socket_attach(nsapi_socket_t, void (*)(void *), void *) override {}
};

class BareInterface final : public NetworkInterface {
public:
    BareStack stack;

    nsapi_error_t connect() override { return NSAPI_ERROR_OK; }
    nsapi_error_t disconnect() override { return NSAPI_ERROR_OK; }

private:
    NetworkStack *get_stack() override { return &stack; }
};

} // namespace

void a_bare_interface_answers()
{
    BareInterface bare;
    NetworkInterface &interface = bare;
    SocketAddress address("192.0.2.9", 7);
    uint8_t mac[6] = {};
    char name[8];
    MBED_ASSERT(!interface.get_mac_address() && !interface.get_interface_name(name) && !interface.ethInterface());
    MBED_ASSERT(interface.set_mac_address(mac, sizeof mac) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(interface.get_ip_address(&address) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(interface.get_netmask(&address) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(interface.get_gateway(&address) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(interface.set_network(address, address, address) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(interface.set_dhcp(true) == NSAPI_ERROR_UNSUPPORTED && interface.set_dhcp(false) == NSAPI_ERROR_OK);
    MBED_ASSERT(interface.set_blocking(true) == NSAPI_ERROR_OK);
    MBED_ASSERT(interface.set_blocking(false) == NSAPI_ERROR_UNSUPPORTED);
    interface.attach(nullptr);
    MBED_ASSERT(interface.get_connection_status() == NSAPI_STATUS_ERROR_UNSUPPORTED);

    // Names are the stack's affair. A host's address leaves the port as it is, and a failure the whole.
    MBED_ASSERT(interface.gethostbyname("unknown", &address) == NSAPI_ERROR_DNS_FAILURE);
    MBED_ASSERT(address == SocketAddress("192.0.2.9", 7) && address != SocketAddress("192.0.2.9", 8));
    MBED_ASSERT(interface.gethostbyname("known", &address) == NSAPI_ERROR_OK);
    MBED_ASSERT(address == SocketAddress("192.0.2.1", 7));
    MBED_ASSERT(interface.gethostbyname(nullptr, &address) == NSAPI_ERROR_PARAMETER);
    MBED_ASSERT(interface.gethostbyname("known", nullptr) == NSAPI_ERROR_PARAMETER);
    static int answers;
    MBED_ASSERT(interface.gethostbyname_async("known", [](nsapi_value_or_error_t, SocketAddress *) { answers++; }) ==
                0);
    MBED_ASSERT(answers == 1 && interface.gethostbyname_async_cancel(3) == 3);
    MBED_ASSERT(interface.add_dns_server(SocketAddress("192.0.2.53")) == NSAPI_ERROR_OK);
    MBED_ASSERT(interface.get_dns_server(0, &address) == NSAPI_ERROR_OK && address == SocketAddress("192.0.2.53"));
    MBED_ASSERT(interface.get_dns_server(1, &address) == NSAPI_ERROR_NO_ADDRESS);

    BareStack &stack = bare.stack;
    int value = 0;
    unsigned size = sizeof value;
    MBED_ASSERT(stack.get_ip_address(&address) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(stack.setstackopt(0, 0, &value, size) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(stack.getstackopt(0, 0, &value, &size) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(stack.setsockopt(nullptr, 0, 0, &value, size) == NSAPI_ERROR_UNSUPPORTED);
    MBED_ASSERT(stack.getsockopt(nullptr, 0, 0, &value, &size) == NSAPI_ERROR_UNSUPPORTED);
}
