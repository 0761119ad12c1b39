#include "netsocket/TLSSocket.h"

#include "netsocket/Lookup.h"
#include "netsocket/offload/options.h"

#include <cstring>
#include <optional>

namespace {

size_t length(const char *text)
{
    return text ? strlen(text) : 0;
}

/// Of PEM as the API has it, with its terminating 0.
size_t pem_length(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

// In _busy, beside the sides of the calls that wait.
constexpr uint8_t connects = 8;

} // namespace

/// A thread's stay in connect(). Until its end close() waits, and with it the end of this object: what follows on the
/// last attempt touches it, too.
class TLSSocket::Stay {
public:
    explicit Stay(TLSSocket &socket) : _socket(socket)
    {
        rtos::ScopedMutexLock lock(socket._lock);
        begun = !(socket._busy & connects);
        socket._busy |= connects;
    }
    ~Stay()
    {
        rtos::ScopedMutexLock lock(_socket._lock);
        if (begun) {
            _socket._busy &= uint8_t(~connects);
            if (_socket._closing) {
                _socket._event_flag.set(FINISHED_FLAG);
            }
        }
    }
    Stay(const Stay &) = delete;
    Stay &operator=(const Stay &) = delete;

    bool begun; ///< false: another thread is in it

private:
    TLSSocket &_socket;
};

nsapi_error_t TLSSocket::set(int option, const void *value, size_t size)
{
    return setsockopt(NSAPI_TLSSOCKET_LEVEL, option, value, unsigned(size));
}

nsapi_error_t TLSSocket::set_hostname(const char *hostname)
{
    if (hostname && !*hostname) {
        return NSAPI_ERROR_PARAMETER; // no name is what a null pointer says
    }
    const nsapi_error_t error = set(NSAPI_TLSSOCKET_SET_HOSTNAME, hostname, length(hostname));
    _named |= error == NSAPI_ERROR_OK;
    return error;
}

nsapi_error_t TLSSocket::set_root_ca_cert(const void *root_ca, size_t len)
{
    return set(NSAPI_TLSSOCKET_SET_CACERT, root_ca, len);
}

nsapi_error_t TLSSocket::set_root_ca_cert(const char *root_ca_pem)
{
    return set_root_ca_cert(root_ca_pem, pem_length(root_ca_pem));
}

nsapi_error_t TLSSocket::set_client_cert_key(const void *client_cert, size_t client_cert_len,
                                             const void *client_private_key, size_t client_private_key_len)
{
    const nsapi_error_t error = set(NSAPI_TLSSOCKET_SET_CLCERT, client_cert, client_cert_len);
    return error == NSAPI_ERROR_OK ? set(NSAPI_TLSSOCKET_SET_CLKEY, client_private_key, client_private_key_len) : error;
}

nsapi_error_t TLSSocket::set_client_cert_key(const char *client_cert_pem, const char *client_private_key_pem)
{
    return set_client_cert_key(client_cert_pem, pem_length(client_cert_pem), client_private_key_pem,
                               pem_length(client_private_key_pem));
}

/// A call that goes on with an earlier one finds TLS on, and too late to be changed.
nsapi_error_t TLSSocket::enable()
{
    const bool on = true;
    const nsapi_error_t error = set(NSAPI_TLSSOCKET_ENABLE, &on, sizeof on);
    return error == NSAPI_ERROR_BUSY || error == NSAPI_ERROR_IS_CONNECTED ? int(NSAPI_ERROR_OK) : error;
}

nsapi_error_t TLSSocket::connect(const SocketAddress &address)
{
    const Stay stay(*this);
    const nsapi_error_t error = stay.begun ? enable() : int(NSAPI_ERROR_BUSY);
    return error == NSAPI_ERROR_OK ? connected(TCPSocket::connect(address)) : error;
}

nsapi_error_t TLSSocket::connect(const char *host, uint16_t port)
{
    if (!length(host)) {
        return NSAPI_ERROR_PARAMETER;
    }
    const Stay stay(*this);
    nsapi_error_t error = stay.begun ? enable() : int(NSAPI_ERROR_BUSY);
    if (error == NSAPI_ERROR_OK && !_named) {
        error = set(NSAPI_TLSSOCKET_SET_HOSTNAME, host, length(host));
        error = error == NSAPI_ERROR_BUSY || error == NSAPI_ERROR_IS_CONNECTED ? int(NSAPI_ERROR_OK) : error;
    }
    SocketAddress address;
    address.set_port(port);
    bool found = _timeout == 0;
    if (error == NSAPI_ERROR_OK && found) { // nobody could go on with a lookup that is not waited for
        NetworkStack *const stack = _stack; // close() may take it away
        error = stack ? stack->gethostbyname(host, &address) : int(NSAPI_ERROR_NO_SOCKET);
    }
    if (error != NSAPI_ERROR_OK) {
        return error;
    }
    std::optional<tlsbench::Lookup> lookup;
    return connected(connect_when(
        [&]() -> nsapi_size_or_error_t {
            if (!found && !lookup) {
                lookup.emplace(*_stack, host, [this] { _event_flag.set(WRITE_FLAG); });
            }
            if (!found && !lookup->ended()) {
                return NSAPI_ERROR_WOULD_BLOCK;
            }
            const nsapi_error_t result = found ? int(NSAPI_ERROR_OK) : lookup->result(&address);
            found = result == NSAPI_ERROR_OK;
            return result;
        },
        address));
}

/// The result of a connect(), and what the stack's end says of it.
nsapi_error_t TLSSocket::connected(nsapi_error_t result)
{
    const bool goes_on = result == NSAPI_ERROR_IN_PROGRESS || result == NSAPI_ERROR_ALREADY;
    if (_timeout != 0 && (goes_on || result == NSAPI_ERROR_WOULD_BLOCK)) {
        // Give it up, unless it came about just now.
        const bool on = false;
        const nsapi_error_t error = set(NSAPI_TLSSOCKET_ENABLE, &on, sizeof on);
        return error == NSAPI_ERROR_IS_CONNECTED ? NSAPI_ERROR_OK : NSAPI_ERROR_CONNECTION_TIMEOUT;
    }
    if (!goes_on && result != NSAPI_ERROR_IS_CONNECTED) {
        _tls_error = 0;
        _verify_flags = 0;
    }
    if (!goes_on && result < 0 && result != NSAPI_ERROR_IS_CONNECTED && result != NSAPI_ERROR_BUSY) {
        unsigned size = sizeof _tls_error;
        getsockopt(NSAPI_TLSSOCKET_LEVEL, tlsbench::offload::GET_TLS_ERROR, &_tls_error, &size);
        size = sizeof _verify_flags;
        getsockopt(NSAPI_TLSSOCKET_LEVEL, tlsbench::offload::GET_VERIFY_FLAGS, &_verify_flags, &size);
    }
    return result;
}

nsapi_error_t TLSSocket::close()
{
    _named = false;
    return TCPSocket::close();
}
