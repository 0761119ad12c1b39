// A network stack whose sockets open and send into nothing, for checks that say themselves what the network does.
#pragma once

#include "netsocket/NetworkStack.h"

class StandInStack : public NetworkStack {
protected:
    nsapi_error_t socket_open(nsapi_socket_t *handle, nsapi_protocol_t) override
    {
        *handle = this;
        return NSAPI_ERROR_OK;
    }
    nsapi_error_t socket_close(nsapi_socket_t) override { return NSAPI_ERROR_OK; }
    nsapi_error_t socket_bind(nsapi_socket_t, const SocketAddress &) override { return NSAPI_ERROR_OK; }
    nsapi_error_t socket_listen(nsapi_socket_t, int) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t socket_connect(nsapi_socket_t, const SocketAddress &) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t socket_accept(nsapi_socket_t, nsapi_socket_t *, SocketAddress *) override
    {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    nsapi_size_or_error_t socket_send(nsapi_socket_t, const void *, nsapi_size_t size) override { return int(size); }
    nsapi_size_or_error_t socket_recv(nsapi_socket_t, void *, nsapi_size_t) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_size_or_error_t socket_sendto(nsapi_socket_t, const SocketAddress &, const void *, nsapi_size_t size) override
    {
        return int(size);
    }
    nsapi_size_or_error_t socket_recvfrom(nsapi_socket_t, SocketAddress *, void *, nsapi_size_t) override
    {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    void socket_attach(nsapi_socket_t, void (*)(void *), void *) override {}
    nsapi_error_t setsockopt(nsapi_socket_t, int, int, const void *, unsigned) override { return NSAPI_ERROR_OK; }
    nsapi_value_or_error_t gethostbyname_async(const char *, hostbyname_cb_t, nsapi_version_t, const char *) override
    {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    nsapi_error_t gethostbyname_async_cancel(int) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t add_dns_server(const SocketAddress &, const char *) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t get_dns_server(int, SocketAddress *, const char *) override { return NSAPI_ERROR_UNSUPPORTED; }
};
