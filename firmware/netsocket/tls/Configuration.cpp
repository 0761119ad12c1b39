#include "netsocket/tls/Configuration.h"

#include "netsocket/tls/errors.h"
#include "netsocket/tls/random.h"
#include "netsocket/tls/trace.h"
#include "platform/CriticalSectionLock.h"
#include "platform/ScopedLock.h"

#include "mbedtls/asn1.h"
#include "mbedtls/platform.h"
#include "mbedtls/version.h"

#include <cstring>
#include <new>

namespace tlsbench::tls {
namespace {

Configuration *configurations; // all there are, so that find() can tell ours from the application's

using Locked = mbed::ScopedLock<rtos::Mutex>;

/// Mbed TLS's own allocator, which counts what it refuses.
template <typename T> T *allocate()
{
    return static_cast<T *>(mbedtls_calloc(1, sizeof(T)));
}

/// Whether the buffer is PEM: text that ends with its 0. Mbed TLS decides likewise.
bool is_pem(const unsigned char *data, size_t len)
{
    return len && data[len - 1] == '\0' && strstr(reinterpret_cast<const char *>(data), "-----BEGIN ");
}

int parse_der(mbedtls_x509_crt *chain, unsigned char *data, size_t len)
{
    unsigned char *end = data + len;
    do {
        unsigned char *content = data;
        size_t size;
        int ret = mbedtls_asn1_get_tag(&content, end, &size, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
        if (ret != 0) {
            return MBEDTLS_ERR_X509_INVALID_FORMAT + ret;
        }
        ret = mbedtls_x509_crt_parse_der(chain, data, size_t(content + size - data));
        if (ret != 0) {
            return ret;
        }
        data = content + size;
    } while (data != end);
    return 0;
}

} // namespace

void FreeCertificates::operator()(mbedtls_x509_crt *chain) const
{
    mbedtls_x509_crt_free(chain);
    mbedtls_free(chain);
}

void FreeKey::operator()(mbedtls_pk_context *key) const
{
    mbedtls_pk_free(key);
    mbedtls_free(key);
}

int parse_certificates(const void *data, size_t len, Certificates &chain)
{
    if (!data || !len) {
        return MBEDTLS_ERR_X509_BAD_INPUT_DATA;
    }
    chain.reset(allocate<mbedtls_x509_crt>());
    if (!chain) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    mbedtls_x509_crt_init(chain.get());
    auto bytes = static_cast<const unsigned char *>(data);
    if (!is_pem(bytes, len)) {
        // mbedtls_asn1_get_tag does not write to what it reads, though it doesn't say so.
        return parse_der(chain.get(), const_cast<unsigned char *>(bytes), len);
    }
    int ret = mbedtls_x509_crt_parse(chain.get(), bytes, len);
    // Positive: how many it could not read of several.
    return ret > 0 ? MBEDTLS_ERR_X509_INVALID_FORMAT : ret;
}

int parse_key(const void *data, size_t len, PrivateKey &key)
{
    if (!data || !len) {
        return MBEDTLS_ERR_PK_BAD_INPUT_DATA;
    }
    key.reset(allocate<mbedtls_pk_context>());
    if (!key) {
        return MBEDTLS_ERR_PK_ALLOC_FAILED;
    }
    mbedtls_pk_init(key.get());
    return mbedtls_pk_parse_key(key.get(), static_cast<const unsigned char *>(data), len, nullptr, 0
#if MBEDTLS_VERSION_MAJOR >= 3
                                ,
                                random_bytes, nullptr
#endif
    );
}

rtos::Mutex Configuration::lock;

Configuration::Configuration(int transport)
    : _owns_ca_chain(false), _owns_own_cert(false), _overlaid(false), _transport(unsigned(transport))
{
    mbedtls_ssl_config_init(&_conf);
    mbed::CriticalSectionLock masked;
    _next = configurations;
    configurations = this;
}

Configuration::~Configuration()
{
    _conf.MBEDTLS_PRIVATE(key_cert) = _own_entry; // not what overlay() brought
    mbedtls_ssl_config_free(&_conf);
    use_ca_chain(nullptr, false);
    Certificates own_cert(_owns_own_cert ? _own_cert : nullptr);
}

Configuration *Configuration::create(int transport)
{
    auto memory = allocate<Configuration>();
    if (!memory) {
        return nullptr;
    }
    auto configuration = new (memory) Configuration(transport);
    if (configuration->set_defaults() != 0) {
        configuration->release();
        return nullptr;
    }
    return configuration;
}

int Configuration::set_defaults()
{
    mbedtls_ssl_config *conf = &_conf;
    tr_info("mbedtls_ssl_config_defaults()");
    int ret = mbedtls_ssl_config_defaults(conf, MBEDTLS_SSL_IS_CLIENT, _transport, MBEDTLS_SSL_PRESET_DEFAULT);
    tr_info("mbedtls_ssl_conf_authmode()");
    mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    tr_info("mbedtls_ssl_conf_rng()");
    mbedtls_ssl_conf_rng(conf, random_bytes, nullptr);
    trace_mbedtls(conf);
#if MBEDTLS_VERSION_MAJOR < 3
    // Mbed TLS 3 offers the cheapest curve first by itself, 2.28 the dearest.
    static const mbedtls_ecp_group_id curves[] = {MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
                                                  MBEDTLS_ECP_DP_NONE};
    mbedtls_ssl_conf_curves(conf, curves);
#endif
#if MBEDTLS_SSL_IN_CONTENT_LEN <= 4096
    // RFC 6066, section 4: have the server send no record that would not fit. A message longer than a record would
    // not have fitted either, so nothing is lost where it's split (Mbed TLS 2.28 can't put it together again).
    // mbedtls_ssl_conf_max_frag_len() refuses more than the smaller of both buffers, but this is about the larger one:
    // what is sent may always be shorter.
    conf->MBEDTLS_PRIVATE(mfl_code) = MBEDTLS_SSL_MAX_FRAG_LEN_4096;
#endif
    return ret;
}

Configuration *Configuration::find(const mbedtls_ssl_config *conf)
{
    mbed::CriticalSectionLock masked;
    for (auto c = configurations; c; c = c->_next) {
        if (&c->_conf == conf) {
            ++c->_references;
            return c;
        }
    }
    return nullptr;
}

void Configuration::release()
{
    {
        mbed::CriticalSectionLock masked;
        if (--_references) {
            return;
        }
        auto link = &configurations;
        while (*link != this) {
            link = &(*link)->_next;
        }
        *link = _next;
    }
    this->~Configuration();
    mbedtls_free(this);
}

int Configuration::use_ca_chain(mbedtls_x509_crt *chain, bool owned)
{
    Locked locked(lock);
    if (is_held()) {
        return NSAPI_ERROR_BUSY;
    }
    Certificates old(_owns_ca_chain ? _ca_chain : nullptr);
    _ca_chain = chain;
    _owns_ca_chain = owned;
    mbedtls_ssl_conf_ca_chain(&_conf, chain, nullptr);
    return 0;
}

int Configuration::set_ca_chain(Certificates chain)
{
    int ret = use_ca_chain(chain.get(), true);
    if (ret == 0) {
        (void)chain.release(); // it is the configuration's now
    }
    return ret;
}

int Configuration::borrow_ca_chain(mbedtls_x509_crt *chain)
{
    return use_ca_chain(chain, false);
}

int Configuration::append_ca_chain(Certificates chain, const mbedtls_ssl_config *lent)
{
    Locked locked(lock);
    if (!_owns_ca_chain) {
        const mbedtls_x509_crt *earlier = _ca_chain ? _ca_chain : lent ? lent->MBEDTLS_PRIVATE(ca_chain) : nullptr;
        for (; earlier && earlier->raw.len; earlier = earlier->next) {
            int ret = mbedtls_x509_crt_parse_der(chain.get(), earlier->raw.p, earlier->raw.len);
            if (ret != 0) {
                return ret;
            }
        }
        return set_ca_chain(std::move(chain));
    }
    auto last = _ca_chain;
    while (last->next) {
        last = last->next;
    }
    last->next = chain.release();
    return 0;
}

int Configuration::use_own_cert(mbedtls_x509_crt *cert, mbedtls_pk_context *key, bool owned)
{
    if (is_held()) {
        return NSAPI_ERROR_BUSY;
    }
    auto &entry = _conf.MBEDTLS_PRIVATE(key_cert);
    entry = nullptr;
    int ret = cert ? mbedtls_ssl_conf_own_cert(&_conf, cert, key) : 0;
    if (ret != 0) {
        entry = _own_entry;
        return ret;
    }
    mbedtls_free(_own_entry);
    _own_entry = entry;
    Certificates old(_owns_own_cert ? _own_cert : nullptr);
    _own_cert = cert;
    _owns_own_cert = owned;
    return 0;
}

int Configuration::set_own_cert(Certificates cert, PrivateKey key)
{
    Locked locked(lock);
    int ret = use_own_cert(cert.get(), key.get(), true);
    if (ret == 0) {
        (void)cert.release(); // it is the configuration's now
        _key = std::move(key);
    }
    return ret;
}

int Configuration::borrow_own_cert(mbedtls_x509_crt *cert)
{
    Locked locked(lock);
    if (cert && !_key) {
        return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
    }
    int ret = use_own_cert(cert, _key.get(), false);
    if (ret == 0 && !cert) {
        _key.reset();
    }
    return ret;
}

void Configuration::overlay(const mbedtls_ssl_config &other)
{
    Locked locked(lock);
    _overlaid = true;
    _conf = other;
    if (_ca_chain) {
        mbedtls_ssl_conf_ca_chain(&_conf, _ca_chain, nullptr);
    }
    if (_own_entry) {
        _conf.MBEDTLS_PRIVATE(key_cert) = _own_entry;
    }
}

void Configuration::end_overlay()
{
    Locked locked(lock);
    if (_overlaid) {
        _overlaid = false;
        mbedtls_ssl_config_init(&_conf);
        set_defaults();
        mbedtls_ssl_conf_ca_chain(&_conf, _ca_chain, nullptr);
        _conf.MBEDTLS_PRIVATE(key_cert) = _own_entry;
    }
}

} // namespace tlsbench::tls
