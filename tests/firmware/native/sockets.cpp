// Sockets over a stack that does what a real one hardly ever can be made to do.
#include "command.h"

#include "netsocket/NetworkStack.h"
#include "netsocket/TCPSocket.h"
#include "netsocket/UDPSocket.h"
#include "platform/heap.h"
#include "platform/mbed_assert.h"
#include "rtos/rtos.h"

namespace {

/// Every socket opens and connects; nothing ever comes, and nothing is taken. A listener always has a connection.
class IdleStack final : public NetworkStack {
public:
    int strangers = 0; // datagrams of one whom nobody knows, that wait to be received
    int open = 0;      // sockets that are
    SocketAddress bound;

    nsapi_value_or_error_t gethostbyname_async(const char *, hostbyname_cb_t, nsapi_version_t, const char *) override
    {
        return NSAPI_ERROR_DNS_FAILURE;
    }
    nsapi_error_t gethostbyname_async_cancel(int) override { return NSAPI_ERROR_PARAMETER; }
    nsapi_error_t add_dns_server(const SocketAddress &, const char *) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t get_dns_server(int, SocketAddress *, const char *) override { return NSAPI_ERROR_NO_ADDRESS; }

private:
    nsapi_error_t socket_open(nsapi_socket_t *handle, nsapi_protocol_t) override
    {
        *handle = this;
        ++open;
        return NSAPI_ERROR_OK;
    }
    nsapi_error_t socket_close(nsapi_socket_t) override
    {
        --open;
        return NSAPI_ERROR_OK;
    }
    nsapi_error_t socket_bind(nsapi_socket_t, const SocketAddress &address) override
    {
        bound = address;
        return NSAPI_ERROR_OK;
    }
    nsapi_error_t socket_listen(nsapi_socket_t, int) override { return NSAPI_ERROR_OK; }
    nsapi_error_t socket_connect(nsapi_socket_t, const SocketAddress &) override { return NSAPI_ERROR_IS_CONNECTED; }
    nsapi_error_t socket_accept(nsapi_socket_t, nsapi_socket_t *handle, SocketAddress *) override
    {
        return socket_open(handle, NSAPI_TCP);
    }
    nsapi_size_or_error_t socket_send(nsapi_socket_t, const void *, nsapi_size_t) override { return 0; }
    nsapi_size_or_error_t socket_recv(nsapi_socket_t, void *, nsapi_size_t) override { return NSAPI_ERROR_WOULD_BLOCK; }
    nsapi_size_or_error_t socket_sendto(nsapi_socket_t, const SocketAddress &, const void *, nsapi_size_t) override
    {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t, SocketAddress *sender, void *, nsapi_size_t) override
    {
        *sender = SocketAddress("192.0.2.66", 66);
        return strangers ? strangers-- : int(NSAPI_ERROR_WOULD_BLOCK);
    }
    void socket_attach(nsapi_socket_t, void (*)(void *), void *) override {}
};

IdleStack stack;

} // namespace

void a_side_of_a_socket_is_one_thread_s()
{
    static TCPSocket socket;
    MBED_ASSERT(socket.open(&stack) == NSAPI_ERROR_OK);
    static nsapi_size_or_error_t received;
    rtos::Thread receiver;
    MBED_ASSERT(receiver.start([] {
        char byte;
        received = socket.recv(&byte, 1);
    }) == osOK);
    while (receiver.get_state() != rtos::Thread::WaitingEventFlag) {
        rtos::ThisThread::yield();
    }
    char byte = 0;
    MBED_ASSERT(socket.recv(&byte, 1) == NSAPI_ERROR_BUSY);
    socket.set_blocking(false);
    MBED_ASSERT(socket.send(&byte, 1) == NSAPI_ERROR_WOULD_BLOCK); // the other side is free; 0 bytes were taken

    // While close() waits for the receiver to leave, there is no new socket for it to meet.
    static nsapi_error_t reopened = NSAPI_ERROR_OK;
    socket.sigio([] { reopened = socket.open(&stack); });
    MBED_ASSERT(socket.close() == NSAPI_ERROR_OK && reopened == NSAPI_ERROR_BUSY);
    MBED_ASSERT(receiver.join() == osOK && received == NSAPI_ERROR_NO_SOCKET);
    MBED_ASSERT(stack.open == 0);
}

void an_accepted_socket_ends_with_its_close()
{
    TCPSocket listener;
    MBED_ASSERT(listener.open(&stack) == NSAPI_ERROR_OK && listener.bind(7) == NSAPI_ERROR_OK);
    MBED_ASSERT(stack.bound.get_port() == 7 && listener.listen() == NSAPI_ERROR_OK);
    const uint32_t before = tlsbench::heap_stats().current;
    nsapi_error_t error = NSAPI_ERROR_OK;
    tlsbench::heap_set_limit(before + 1);
    MBED_ASSERT(!listener.accept(&error) && error == NSAPI_ERROR_NO_MEMORY && stack.open == 1);
    tlsbench::heap_set_limit(0);
    TCPSocket *accepted = listener.accept(&error);
    MBED_ASSERT(accepted && error == NSAPI_ERROR_OK && stack.open == 2);
    MBED_ASSERT(accepted->close() == NSAPI_ERROR_OK && stack.open == 1); // which deletes it
    MBED_ASSERT(tlsbench::heap_stats().current == before);
    MBED_ASSERT(listener.close() == NSAPI_ERROR_OK);
    MBED_ASSERT(UDPSocket().connect(SocketAddress("192.0.2.1", 7)) == NSAPI_ERROR_NO_SOCKET);
}

void strangers_do_not_keep_a_receiver()
{
    UDPSocket socket;
    MBED_ASSERT(socket.open(&stack) == NSAPI_ERROR_OK);
    MBED_ASSERT(socket.connect(SocketAddress("192.0.2.1", 7)) == NSAPI_ERROR_OK);
    socket.set_blocking(false);
    static int told;
    told = 0;
    socket.sigio([] { told++; });
    stack.strangers = 100;
    char byte;
    MBED_ASSERT(socket.recv(&byte, 1) == NSAPI_ERROR_WOULD_BLOCK && told == 1); // there is more: ask again
    MBED_ASSERT(stack.strangers > 0 && stack.strangers < 100);
    MBED_ASSERT(socket.recv(&byte, 1) == NSAPI_ERROR_WOULD_BLOCK && told == 1);
    MBED_ASSERT(stack.strangers == 0);

    // Who has no peer any more hears everybody, and must say to whom he sends.
    MBED_ASSERT(socket.connect(SocketAddress()) == NSAPI_ERROR_OK);
    stack.strangers = 1;
    MBED_ASSERT(socket.recv(&byte, 1) == 1 && socket.send(&byte, 1) == NSAPI_ERROR_NO_ADDRESS);
    MBED_ASSERT(socket.open(&stack) == NSAPI_ERROR_PARAMETER && !socket.accept(nullptr));
    MBED_ASSERT(socket.close() == NSAPI_ERROR_OK && socket.open(static_cast<NetworkStack *>(nullptr)) < 0);
}
