#include "BareSocket.h"

#include "netsocket/tls/random.h"

#include "mbedtls/version.h"

#include <cstring>

namespace tlsbench::bare {
namespace {

int tcp_send(void *socket, const unsigned char *data, size_t size)
{
    return static_cast<BareSocket *>(socket)->TCPSocket::send(data, size);
}

int tcp_recv(void *socket, unsigned char *data, size_t size)
{
    return static_cast<BareSocket *>(socket)->TCPSocket::recv(data, size);
}

const unsigned char *bytes(const void *data)
{
    return static_cast<const unsigned char *>(data);
}

} // namespace

BareSocket::BareSocket()
{
    mbedtls_ssl_init(&_ssl);
    mbedtls_ssl_config_init(&_conf);
    mbedtls_x509_crt_init(&_root);
    mbedtls_x509_crt_init(&_cert);
    mbedtls_pk_init(&_key);
}

BareSocket::~BareSocket()
{
    BareSocket::close();
    free_all();
}

int BareSocket::set_root_ca_cert(const void *root_ca, size_t len)
{
    return _error = mbedtls_x509_crt_parse(&_root, bytes(root_ca), len);
}

int BareSocket::set_root_ca_cert(const char *root_ca_pem)
{
    return set_root_ca_cert(root_ca_pem, strlen(root_ca_pem) + 1);
}

int BareSocket::append_root_ca_cert(const void *root_ca, size_t len)
{
    return set_root_ca_cert(root_ca, len); // parsing adds to the chain
}

int BareSocket::append_root_ca_cert(const char *root_ca_pem)
{
    return set_root_ca_cert(root_ca_pem);
}

int BareSocket::set_client_cert_key(const void *cert, size_t cert_len, const void *key, size_t key_len)
{
    _error = mbedtls_x509_crt_parse(&_cert, bytes(cert), cert_len);
    if (_error == 0) {
        _error = mbedtls_pk_parse_key(&_key, bytes(key), key_len, nullptr, 0
#if MBEDTLS_VERSION_MAJOR >= 3
                                      ,
                                      tls::random_bytes, nullptr
#endif
        );
    }
    return _error;
}

int BareSocket::set_client_cert_key(const char *cert_pem, const char *key_pem)
{
    return set_client_cert_key(cert_pem, strlen(cert_pem) + 1, key_pem, strlen(key_pem) + 1);
}

int BareSocket::connect(const char *host, uint16_t port)
{
    if (!_stack) {
        return NSAPI_ERROR_NO_SOCKET;
    }
    SocketAddress address;
    int ret = _stack->gethostbyname(host, &address);
    if (ret != 0) {
        return ret;
    }
    address.set_port(port);
    ret = TCPSocket::connect(address);
    return ret == 0 ? _error = shake_hands(host) : ret;
}

int BareSocket::shake_hands(const char *host)
{
    int ret = mbedtls_ssl_config_defaults(&_conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                          MBEDTLS_SSL_PRESET_DEFAULT);
    if (ret != 0) {
        return ret;
    }
    mbedtls_ssl_conf_authmode(&_conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&_conf, &_root, nullptr);
    mbedtls_ssl_conf_rng(&_conf, tls::random_bytes, nullptr);
    if (_cert.version != 0) {
        ret = mbedtls_ssl_conf_own_cert(&_conf, &_cert, &_key);
        if (ret != 0) {
            return ret;
        }
    }
    ret = mbedtls_ssl_setup(&_ssl, &_conf);
    if (ret != 0) {
        return ret;
    }
    ret = mbedtls_ssl_set_hostname(&_ssl, host);
    if (ret != 0) {
        return ret;
    }
    mbedtls_ssl_set_bio(&_ssl, this, tcp_send, tcp_recv, nullptr);
    return mbedtls_ssl_handshake(&_ssl);
}

nsapi_size_or_error_t BareSocket::send(const void *data, nsapi_size_t size)
{
    return _error = mbedtls_ssl_write(&_ssl, bytes(data), size);
}

nsapi_size_or_error_t BareSocket::recv(void *data, nsapi_size_t size)
{
    _error = mbedtls_ssl_read(&_ssl, static_cast<unsigned char *>(data), size);
    return _error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY ? 0 : _error;
}

nsapi_error_t BareSocket::close()
{
    if (_stack) {
        mbedtls_ssl_close_notify(&_ssl);
    }
    free_all();
    return TCPSocket::close();
}

void BareSocket::free_all()
{
    mbedtls_ssl_free(&_ssl);
    mbedtls_ssl_config_free(&_conf);
    mbedtls_x509_crt_free(&_root);
    mbedtls_x509_crt_free(&_cert);
    mbedtls_pk_free(&_key);
}

} // namespace tlsbench::bare
