#include "OffloadStack.h"

#include "OffloadInterface.h"
#include "Question.h"
#include "stacks/host_name.h"

using namespace tlsbench::offload;

namespace {

OffloadStack stack;

template <typename F> void for_each_socket(F f)
{
    for (TcpConnection &one : TcpConnection::pool) {
        if (one.number()) {
            f(one);
        }
    }
    for (UdpEndpoint &one : UdpEndpoint::pool) {
        if (one.number()) {
            f(one);
        }
    }
}

} // namespace

OffloadStack &OffloadStack::instance()
{
    return stack;
}

Session &Session::instance()
{
    return stack._session;
}

nsapi_error_t OffloadStack::get_ip_address(SocketAddress *address)
{
    return NetworkInterface::get_default_instance()->get_ip_address(address);
}

nsapi_value_or_error_t OffloadStack::gethostbyname_async(const char *host, hostbyname_cb_t callback,
                                                         nsapi_version_t version, const char *)
{
    if (!host || !callback) {
        return NSAPI_ERROR_PARAMETER;
    }
    SocketAddress address;
    if (address.set_ip_address(host)) {
        if (version != NSAPI_UNSPEC && version != address.get_ip_version()) {
            return NSAPI_ERROR_DNS_FAILURE;
        }
        callback(1, &address);
        return 0;
    }
    if (!tlsbench::is_host_name(host)) {
        return NSAPI_ERROR_PARAMETER;
    }
    Session::Turn turn;
    return _queries.begin(host, callback, version);
}

nsapi_error_t OffloadStack::gethostbyname_async_cancel(int id)
{
    Session::Turn turn;
    return _queries.cancel(id) ? NSAPI_ERROR_OK : NSAPI_ERROR_PARAMETER;
}

nsapi_error_t OffloadStack::add_dns_server(const SocketAddress &, const char *)
{
    return NSAPI_ERROR_UNSUPPORTED;
}

nsapi_error_t OffloadStack::get_dns_server(int, SocketAddress *address, const char *)
{
    return address ? NSAPI_ERROR_NO_ADDRESS : NSAPI_ERROR_PARAMETER;
}

// The ordinary options are numbers; what TLS has is between its user and the host.

nsapi_error_t OffloadStack::setsockopt(nsapi_socket_t handle, int level, int optname, const void *optval,
                                       unsigned optlen)
{
    if (level != NSAPI_TLSSOCKET_LEVEL || UdpEndpoint::of(handle)) {
        return SocketStack::setsockopt(handle, level, optname, optval, optlen);
    }
    Session::Turn turn;
    return of(handle)->set_tls_option(optname, optval, optval ? optlen : 0);
}

nsapi_error_t OffloadStack::getsockopt(nsapi_socket_t handle, int level, int optname, void *optval, unsigned *optlen)
{
    if (level != NSAPI_TLSSOCKET_LEVEL || UdpEndpoint::of(handle) || !optval || !optlen) {
        return SocketStack::getsockopt(handle, level, optname, optval, optlen);
    }
    size_t size = *optlen;
    Session::Turn turn;
    const nsapi_error_t error = of(handle)->Endpoint::get_option(level, optname, optval, &size);
    if (error == NSAPI_ERROR_OK) {
        *optlen = unsigned(size);
    }
    return error;
}

// --- what the session tells ---

void OffloadStack::on_message(const offload_ToTarget &message, const Bytes &data)
{
    if (message.which_what == offload_ToTarget_answer_tag) {
        Question::on_answer(message.what.answer, data);
    } else if (message.which_what == offload_ToTarget_resolved_tag) {
        _queries.on_answer(message.what.resolved);
    } else if (message.socket) {
        for_each_socket([&](Endpoint &one) {
            if (one.number() == message.socket && one.known()) { // else it was an earlier session's
                one.on_message(message, data);
            }
        });
    }
}

void OffloadStack::on_room()
{
    for_each_socket([](Endpoint &one) { one.on_room(); });
    Question::on_news();
}

void OffloadStack::on_up(const offload_Welcome &welcome)
{
    for_each_socket([](Endpoint &one) { one.pump(); });
    OffloadInterface::instance().on_up(welcome);
}

void OffloadStack::on_down()
{
    for_each_socket([](Endpoint &one) { one.on_down(); });
    _queries.on_down();
    Question::on_down();
    OffloadInterface::instance().on_down();
}

void OffloadStack::on_tick()
{
    _queries.on_tick();
}
