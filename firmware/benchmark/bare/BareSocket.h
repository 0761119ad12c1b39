/*
 * What the secure socket is compared with: the same handshake by calling Mbed TLS directly over a TCPSocket, the way
 * its own client samples do. No locking, no deadline, no lazy allocation: all that TLSSocket adds is missing here.
 */
#pragma once

#include "netsocket/TCPSocket.h"

#include "mbedtls/ssl.h"

namespace tlsbench::bare {

/// The agent knows it as a kind of TLS socket, so it has TLSSocket's methods; what the comparison doesn't need is
/// NSAPI_ERROR_UNSUPPORTED. Results are Mbed TLS's own codes.
class BareSocket : public TCPSocket {
public:
    BareSocket();
    ~BareSocket() override;

    int set_root_ca_cert(const void *root_ca, size_t len);
    int set_root_ca_cert(const char *root_ca_pem);
    int append_root_ca_cert(const void *root_ca, size_t len);
    int append_root_ca_cert(const char *root_ca_pem);
    int set_client_cert_key(const void *cert, size_t cert_len, const void *key, size_t key_len);
    int set_client_cert_key(const char *cert_pem, const char *key_pem);
    void set_hostname(const char *) {} // connect() takes it

    using TCPSocket::connect;
    int connect() { return NSAPI_ERROR_UNSUPPORTED; }
    int connect(const char *host, uint16_t port);
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;
    nsapi_error_t close() override;

    int get_last_tls_error() const { return _error; }
    uint32_t get_verify_flags() const { return mbedtls_ssl_get_verify_result(&_ssl); }

private:
    int shake_hands(const char *host);
    void free_all();

    mbedtls_ssl_context _ssl;
    mbedtls_ssl_config _conf;
    mbedtls_x509_crt _root;
    mbedtls_x509_crt _cert;
    mbedtls_pk_context _key;
    int _error = 0;
};

} // namespace tlsbench::bare
