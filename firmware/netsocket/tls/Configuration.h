#pragma once

#include "netsocket/nsapi_types.h"
#include "netsocket/tls/nonblocking.h"
#include "rtos/Mutex.h"

#include "mbedtls/pk.h"
#include "mbedtls/ssl.h"

#include <memory>

namespace tlsbench::tls {

/// A chain of certificates, on the heap.
struct FreeCertificates {
    void operator()(mbedtls_x509_crt *chain) const;
};
using Certificates = std::unique_ptr<mbedtls_x509_crt, FreeCertificates>;

struct FreeKey {
    void operator()(mbedtls_pk_context *key) const;
};
using PrivateKey = std::unique_ptr<mbedtls_pk_context, FreeKey>;

/// Parse all certificates in a buffer, none of which may be broken.
/// @param data PEM with its terminating 0, or DER one after the other
/// @return 0 or Mbed TLS's code
int parse_certificates(const void *data, size_t len, Certificates &chain);

/// Parse a private key, PEM with its terminating 0, or DER.
/// @return 0 or Mbed TLS's code
int parse_key(const void *data, size_t len, PrivateKey &key);

/// An Mbed TLS configuration with the certificates that it points to. They live and die together, counted by the
/// sockets that use them: that is what makes sharing a configuration safe.
class Configuration {
public:
    /// A client's configuration that insists on a valid certificate; the caller has the first reference.
    /// @param transport MBEDTLS_SSL_TRANSPORT_STREAM (TLS) or MBEDTLS_SSL_TRANSPORT_DATAGRAM (DTLS)
    /// @return null without memory
    static Configuration *create(int transport);

    /// Another reference to the configuration that `conf` belongs to.
    /// @return null if it is none of ours
    static Configuration *find(const mbedtls_ssl_config *conf);

    /// Give a reference back; the last one frees.
    void release();

    mbedtls_ssl_config *conf() { return &_conf; }

    /// Held while Mbed TLS works with a configuration or its certificates, some of which it changes (blinding values of
    /// a key, tables of a curve). One for all: on one core two handshakes gain nothing from taking turns more often
    /// than step by step. Taken after sockets' locks: who has it must not wait for one of those.
    static rtos::Mutex lock;

    /// Whether certificates of either kind were set here.
    bool has_certificates() const { return _ca_chain || _own_cert; }

    mbedtls_x509_crt *ca_chain() const { return _ca_chain; }
    mbedtls_x509_crt *own_cert() const { return _own_cert; }

    // Setters return NSAPI_ERROR_BUSY, and change nothing, while a handshake holds the configuration.

    int set_ca_chain(Certificates chain);
    /// Certificates of the application's; they are not freed here.
    int borrow_ca_chain(mbedtls_x509_crt *chain);
    /// Trust these beside what is trusted already. Of certificates that are not the configuration's own, copies stay
    /// trusted: they are not for it to add to.
    /// @param lent settings that hold while none are set here; or null
    /// @return 0, Mbed TLS's code, or NSAPI_ERROR_BUSY
    int append_ca_chain(Certificates chain, const mbedtls_ssl_config *lent);

    /// @return 0 or Mbed TLS's code; then the earlier identity stays
    int set_own_cert(Certificates cert, PrivateKey key);
    /// A certificate of the application's for the key that is set; null: no certificate, no key.
    /// @return 0; MBEDTLS_ERR_SSL_BAD_INPUT_DATA without a key; MBEDTLS_ERR_SSL_ALLOC_FAILED
    int borrow_own_cert(mbedtls_x509_crt *cert);

    /// Keep certificates and keys as they are, or no longer. The caller has the lock.
    void hold(bool on) { _holders = uint8_t(on ? _holders + 1 : _holders - 1); }

    /// Take the settings of `other`, but keep the certificates that were set here.
    void overlay(const mbedtls_ssl_config &other);
    /// Be as new after overlay(), but for the certificates that were set here.
    void end_overlay();

private:
    explicit Configuration(int transport);
    ~Configuration();
    int set_defaults();
    bool is_held() const { return nonblocking_handshake && _holders; }
    int use_ca_chain(mbedtls_x509_crt *chain, bool owned);
    int use_own_cert(mbedtls_x509_crt *cert, mbedtls_pk_context *key, bool owned);

    mbedtls_ssl_config _conf;
    Configuration *_next;
    mbedtls_x509_crt *_ca_chain = nullptr;
    mbedtls_x509_crt *_own_cert = nullptr;
    PrivateKey _key;
    mbedtls_ssl_key_cert *_own_entry = nullptr; // names _own_cert and _key in _conf
    uint16_t _references = 1;
    bool _owns_ca_chain : 1; // else it is the application's
    bool _owns_own_cert : 1;
    bool _overlaid : 1;
    unsigned _transport : 1; // TLS or DTLS, which overlay() must not change
    uint8_t _holders = 0;
};

} // namespace tlsbench::tls
