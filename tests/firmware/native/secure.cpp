// Secure sockets over a stack that does what a real one hardly ever can be made to do.
#include "command.h"

#include "../network/stand_in_stack.h"
#include "netsocket/TLSSocket.h"
#include "platform/heap.h"
#include "platform/mbed_assert.h"

namespace {

/// Knows no host, connects to none, and may run out of sockets.
class NamelessStack final : public StandInStack {
public:
    int asked = 0, forgotten = 0;
    bool answers = true;
    int sockets = 10; // that can be opened yet
    TLSSocket *opened_meanwhile = nullptr;
    nsapi_error_t opened = NSAPI_ERROR_OK;

private:
    nsapi_error_t socket_open(nsapi_socket_t *handle, nsapi_protocol_t protocol) override
    {
        return sockets-- > 0 ? StandInStack::socket_open(handle, protocol) : int(NSAPI_ERROR_NO_SOCKET);
    }
    nsapi_error_t socket_close(nsapi_socket_t) override
    {
        if (opened_meanwhile) {
            opened = opened_meanwhile->open(this);
        }
        return NSAPI_ERROR_OK;
    }
    nsapi_value_or_error_t gethostbyname_async(const char *, hostbyname_cb_t callback, nsapi_version_t,
                                               const char *) override
    {
        ++asked;
        if (answers) {
            callback(0, nullptr);
        }
        return answers ? 0 : asked;
    }
    nsapi_error_t gethostbyname_async_cancel(int) override
    {
        ++forgotten;
        return NSAPI_ERROR_OK;
    }
};

} // namespace

void a_secure_socket_looks_up_a_host()
{
    NamelessStack stack;
    TLSSocket socket;
    MBED_ASSERT(socket.connect(nullptr, 443) == NSAPI_ERROR_PARAMETER);
    MBED_ASSERT(socket.connect("any.test", 443) == NSAPI_ERROR_NO_SOCKET); // not open
    MBED_ASSERT(socket.open(&stack) == NSAPI_ERROR_OK && stack.asked == 0);
    MBED_ASSERT(socket.connect("any.test", 443) == NSAPI_ERROR_DNS_FAILURE && stack.asked == 1);

    stack.answers = false;
    socket.set_timeout(1);
    MBED_ASSERT(socket.connect("any.test", 443) == NSAPI_ERROR_CONNECTION_TIMEOUT);
    MBED_ASSERT(stack.asked == 2 && stack.forgotten == 1);
#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE
    // A lookup goes on from call to call, and takes memory for that.
    socket.set_blocking(false);
    tlsbench::heap_set_limit(tlsbench::heap_stats().current + 1);
    const nsapi_error_t refused = socket.connect("any.test", 443);
    tlsbench::heap_set_limit(0);
    MBED_ASSERT(refused == NSAPI_ERROR_NO_MEMORY && stack.asked == 2);
    MBED_ASSERT(socket.connect("any.test", 443) == NSAPI_ERROR_IN_PROGRESS);
    MBED_ASSERT(socket.connect("any.test", 443) == NSAPI_ERROR_ALREADY && stack.asked == 3);
#endif
    MBED_ASSERT(socket.close() == NSAPI_ERROR_OK && stack.forgotten == stack.asked - 1);
}

void a_secure_socket_gets_a_new_transport()
{
    NamelessStack stack;
    TLSSocket socket;
    socket.set_hostname("any.test");
    const SocketAddress somewhere("192.0.2.1", 443);
    stack.sockets = 2;
    MBED_ASSERT(socket.open(&stack) == NSAPI_ERROR_OK);
    MBED_ASSERT(socket.connect(somewhere) == NSAPI_ERROR_UNSUPPORTED && stack.sockets == 0); // the stack's answer
    MBED_ASSERT(socket.connect(somewhere) == NSAPI_ERROR_NO_SOCKET); // there is none to try again with
    stack.sockets = 2;
    MBED_ASSERT(socket.open(&stack) == NSAPI_ERROR_OK);
    MBED_ASSERT(socket.connect(somewhere) == NSAPI_ERROR_UNSUPPORTED);
    stack.opened_meanwhile = &socket;
    MBED_ASSERT(socket.close() == NSAPI_ERROR_OK && stack.opened == NSAPI_ERROR_BUSY);
}
