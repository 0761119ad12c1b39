// TLSSocketWrapper: what is set before connect(), and what is passed on to the transport.
#include "netsocket/TLSSocketWrapper.h"

#include "netsocket/tls/Configuration.h"
#include "netsocket/tls/errors.h"
#include "netsocket/tls/random.h"
#include "netsocket/tls/trace.h"
#include "platform/CriticalSectionLock.h"
#include "platform/ScopedLock.h"
#include "tls_config/AllocationWatch.h"

#include "mbedtls/platform.h"
#include "mbedtls/version.h"

#include <cstring>

using namespace tlsbench::tls;

namespace {

using Locked = mbed::ScopedLock<rtos::Mutex>;

size_t with_terminator(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

int check_pair(const mbedtls_x509_crt *cert, const mbedtls_pk_context *key)
{
    return mbedtls_pk_check_pair(&cert->pk, key
#if MBEDTLS_VERSION_MAJOR >= 3
                                 ,
                                 random_bytes, nullptr
#endif
    );
}

} // namespace

void TLSSocketWrapper::set_hostname(const char *hostname)
{
    Locked locked(_lock);
    if (_state == State::CONNECTING) {
        return; // connect() has seen to it that there is one
    }
    mbedtls_free(_hostname);
    _hostname = nullptr;
    if (!hostname) {
        _name = Name::WAIVED;
        return;
    }
    size_t size = with_terminator(hostname);
    _hostname = static_cast<char *>(mbedtls_calloc(1, size));
    _name = _hostname ? Name::GIVEN : Name::LOST;
    if (_hostname) {
        memcpy(_hostname, hostname, size);
    }
}

nsapi_error_t TLSSocketWrapper::set_root_ca_cert(const void *root_ca, size_t len)
{
    return set_trust(root_ca, len, false);
}

nsapi_error_t TLSSocketWrapper::set_root_ca_cert(const char *root_ca_pem)
{
    return set_trust(root_ca_pem, with_terminator(root_ca_pem), false);
}

nsapi_error_t TLSSocketWrapper::append_root_ca_cert(const void *root_ca, size_t len)
{
    return set_trust(root_ca, len, true);
}

nsapi_error_t TLSSocketWrapper::append_root_ca_cert(const char *root_ca_pem)
{
    return set_trust(root_ca_pem, with_terminator(root_ca_pem), true);
}

nsapi_error_t TLSSocketWrapper::set_trust(const void *root_ca, size_t len, bool append)
{
    AllocationWatch watch;
    Certificates chain;
    int ret = parse_certificates(root_ca, len, chain);
    Locked locked(_lock);
    if (_state == State::CONNECTING) {
        return NSAPI_ERROR_BUSY;
    }
    if (ret == 0) {
        tr_info("mbedtls_ssl_conf_ca_chain()");
        if (!own_configuration()) {
            ret = MBEDTLS_ERR_SSL_ALLOC_FAILED;
        } else if (append) {
            ret = _own->append_ca_chain(std::move(chain), _conf);
        } else {
            ret = _own->set_ca_chain(std::move(chain));
        }
    }
    return ret == 0 ? int(NSAPI_ERROR_OK) : refuse(ret, watch.refused());
}

nsapi_error_t TLSSocketWrapper::set_client_cert_key(const char *client_cert_pem, const char *client_private_key_pem)
{
    return set_client_cert_key(client_cert_pem, with_terminator(client_cert_pem), client_private_key_pem,
                               with_terminator(client_private_key_pem));
}

nsapi_error_t TLSSocketWrapper::set_client_cert_key(const void *client_cert, size_t client_cert_len,
                                                    const void *client_private_key, size_t client_private_key_len)
{
    AllocationWatch watch;
    Certificates cert;
    PrivateKey key;
    int ret = parse_certificates(client_cert, client_cert_len, cert);
    if (ret == 0) {
        ret = parse_key(client_private_key, client_private_key_len, key);
    }
    if (ret == 0) {
        ret = check_pair(cert.get(), key.get());
    }
    Locked locked(_lock);
    if (_state == State::CONNECTING) {
        return NSAPI_ERROR_BUSY;
    }
    if (ret == 0) {
        ret = own_configuration() ? _own->set_own_cert(std::move(cert), std::move(key)) : MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    return ret == 0 ? int(NSAPI_ERROR_OK) : refuse(ret, watch.refused());
}

/// The result of a setter that Mbed TLS did not like the arguments of.
nsapi_error_t TLSSocketWrapper::refuse(int tls_error, bool out_of_memory)
{
    if (nonblocking_handshake && tls_error == NSAPI_ERROR_BUSY) {
        return tls_error;
    }
    _tls_error = tls_error;
    tr_err("%s: Mbed TLS -0x%04x", out_of_memory ? "Out of memory" : "A certificate or key is refused",
           unsigned(-tls_error));
    return out_of_memory ? NSAPI_ERROR_NO_MEMORY : NSAPI_ERROR_PARAMETER;
}

Configuration *TLSSocketWrapper::own_configuration()
{
    if (!_own) {
        _own = Configuration::create(over_datagrams() ? MBEDTLS_SSL_TRANSPORT_DATAGRAM : MBEDTLS_SSL_TRANSPORT_STREAM);
    }
    return _own;
}

mbedtls_x509_crt *TLSSocketWrapper::get_own_cert()
{
    Locked locked(_lock);
    if (_own && _own->own_cert()) {
        return _own->own_cert();
    }
    return _lender ? _lender->own_cert() : nullptr;
}

int TLSSocketWrapper::set_own_cert(mbedtls_x509_crt *crt)
{
    Locked locked(_lock);
    if (_state == State::CONNECTING) {
        return NSAPI_ERROR_BUSY;
    }
    AllocationWatch watch;
    int ret = own_configuration() ? _own->borrow_own_cert(crt) : MBEDTLS_ERR_SSL_ALLOC_FAILED;
    return ret == 0 ? int(NSAPI_ERROR_OK) : refuse(ret, watch.refused());
}

mbedtls_x509_crt *TLSSocketWrapper::get_ca_chain()
{
    Locked locked(_lock);
    if (_own && _own->ca_chain()) {
        return _own->ca_chain();
    }
    return _conf ? _conf->MBEDTLS_PRIVATE(ca_chain) : nullptr;
}

void TLSSocketWrapper::set_ca_chain(mbedtls_x509_crt *crt)
{
    Locked locked(_lock);
    if (_state != State::CONNECTING && own_configuration()) {
        _own->borrow_ca_chain(crt);
    }
}

mbedtls_ssl_config *TLSSocketWrapper::get_ssl_config()
{
    Locked locked(_lock);
    if (_conf) {
        return _conf;
    }
    return own_configuration() ? _own->conf() : nullptr;
}

void TLSSocketWrapper::set_ssl_config(mbedtls_ssl_config *conf)
{
    Locked locked(_lock);
    if (_ssl || _state == State::CONNECTING || conf == _conf) {
        return;
    }
    if (_own) {
        _own->end_overlay(); // it names what the lender may free
    }
    Configuration *lender = conf ? Configuration::find(conf) : nullptr;
    if (_lender) {
        _lender->release();
    }
    _lender = lender;
    _conf = conf;
    if (lender == _own && lender) {
        _lender->release();
        _lender = nullptr;
        _conf = nullptr;
    }
}

mbedtls_ssl_context *TLSSocketWrapper::get_ssl_context()
{
    return _ssl;
}

nsapi_size_or_error_t TLSSocketWrapper::sendto(const SocketAddress &, const void *data, nsapi_size_t size)
{
    return send(data, size);
}

nsapi_size_or_error_t TLSSocketWrapper::recvfrom(SocketAddress *, void *data, nsapi_size_t size)
{
    return recv(data, size);
}

nsapi_size_or_error_t TLSSocketWrapper::sendmsg(const SocketAddress &, const void *data, nsapi_size_t size,
                                                nsapi_msghdr_t *control, nsapi_size_t)
{
    return control ? int(NSAPI_ERROR_UNSUPPORTED) : send(data, size);
}

nsapi_size_or_error_t TLSSocketWrapper::recvmsg(SocketAddress *, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                                nsapi_size_t)
{
    return control ? int(NSAPI_ERROR_UNSUPPORTED) : recv(data, size);
}

nsapi_error_t TLSSocketWrapper::bind(const SocketAddress &address)
{
    return _transport ? _transport->bind(address) : int(NSAPI_ERROR_NO_SOCKET);
}

void TLSSocketWrapper::set_blocking(bool blocking)
{
    set_timeout(blocking ? -1 : 0);
}

void TLSSocketWrapper::set_timeout(int timeout)
{
    if (!enter()) {
        return; // its user is in a step, where nobody waits for anything: see pause()
    }
    _timeout = timeout;
    // While it connects, the transport's timeout is what was left of the caller's.
    if (_transport && !_connecting_transport) {
        _transport->set_timeout(timeout);
    }
    _lock.unlock();
}

void TLSSocketWrapper::sigio(mbed::Callback<void()> func)
{
    {
        mbed::CriticalSectionLock lock;
        _sigio = func;
    }
    Locked locked(_lock);
    // Once closed, the transport may outlive this object and must not know it any more; connect() makes itself known.
    if (_transport && _state != State::CLOSED) {
        _transport->sigio(mbed::callback(this, &TLSSocketWrapper::event));
    }
}

nsapi_error_t TLSSocketWrapper::setsockopt(int level, int optname, const void *optval, unsigned optlen)
{
    return _transport ? _transport->setsockopt(level, optname, optval, optlen) : int(NSAPI_ERROR_NO_SOCKET);
}

nsapi_error_t TLSSocketWrapper::getsockopt(int level, int optname, void *optval, unsigned *optlen)
{
    return _transport ? _transport->getsockopt(level, optname, optval, optlen) : int(NSAPI_ERROR_NO_SOCKET);
}

nsapi_error_t TLSSocketWrapper::getpeername(SocketAddress *address)
{
    Locked locked(_lock);
    if (!_transport || _state == State::CLOSED) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    if (_state != State::CONNECTED && _state != State::ENDED) {
        return NSAPI_ERROR_NO_CONNECTION;
    }
    return _transport->getpeername(address);
}

Socket *TLSSocketWrapper::accept(nsapi_error_t *error)
{
    if (error) {
        *error = NSAPI_ERROR_UNSUPPORTED;
    }
    return nullptr;
}

nsapi_error_t TLSSocketWrapper::listen(int)
{
    return NSAPI_ERROR_UNSUPPORTED;
}
