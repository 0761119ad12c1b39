#ifndef TLSBENCH_STACKS_OFFLOAD_OFFLOADSTACK_H
#define TLSBENCH_STACKS_OFFLOAD_OFFLOADSTACK_H

#include "Queries.h"
#include "Session.h"
#include "TcpConnection.h"
#include "UdpEndpoint.h"
#include "stacks/SocketStack.h"

/// The host's sockets as a NetworkStack: TCP and UDP over IPv4, and the host names that the host knows.
class OffloadStack final
    : public tlsbench::SocketStack<tlsbench::offload::TcpConnection, tlsbench::offload::UdpEndpoint,
                                   tlsbench::offload::Session::Turn>,
      private tlsbench::offload::Listener {
public:
    static OffloadStack &instance();

    nsapi_error_t get_ip_address(SocketAddress *address) override;
    nsapi_value_or_error_t gethostbyname_async(const char *host, hostbyname_cb_t callback, nsapi_version_t version,
                                               const char *interface_name) override;
    nsapi_error_t gethostbyname_async_cancel(int id) override;
    nsapi_error_t add_dns_server(const SocketAddress &address, const char *interface_name) override;
    nsapi_error_t get_dns_server(int index, SocketAddress *address, const char *interface_name) override;

private:
    friend class tlsbench::offload::Session;

    void start() override {}
    nsapi_error_t setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval,
                             unsigned optlen) override;
    nsapi_error_t getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen) override;

    void on_message(const offload_ToTarget &message, const tlsbench::offload::Bytes &data) override;
    void on_room() override;
    void on_up(const offload_Welcome &welcome) override;
    void on_down() override;
    void on_tick() override;

    tlsbench::offload::Session _session{*this};
    tlsbench::offload::Queries _queries;
};

#endif
