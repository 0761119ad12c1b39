#include "server.h"

#include "Stream.h"
#include "identity.h"
#include "world.h"

#include "netsocket/TLSSocketWrapper.h"

#include <algorithm>
#include <map>

namespace {

/// The server, with the client's bytes coming in by send() and its own going out by recv().
class Server : public Stream {
public:
    explicit Server(bool mutual)
    {
        mbedtls_ssl_config_init(&_conf);
        mbedtls_ssl_init(&_ssl);
        MUST(mbedtls_ssl_config_defaults(&_conf, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT) == 0);
        mbedtls_ssl_conf_rng(&_conf, world::numbers, &_state);
        mbedtls_ssl_conf_authmode(&_conf, mutual ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
        Identity &server = server_identity();
        mbedtls_ssl_conf_ca_chain(&_conf, &root_identity().chain, nullptr);
        MUST(mbedtls_ssl_conf_own_cert(&_conf, &server.chain, &server.key) == 0);
        MUST(mbedtls_ssl_setup(&_ssl, &_conf) == 0);
        mbedtls_ssl_set_bio(&_ssl, this, give, take, nullptr);
    }

    ~Server() override
    {
        mbedtls_ssl_free(&_ssl);
        mbedtls_ssl_config_free(&_conf);
    }

    Recording recording;

    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override
    {
        auto bytes = static_cast<const uint8_t *>(data);
        _coming.insert(_coming.end(), bytes, bytes + size);
        if (!_is_over) {
            int ret = mbedtls_ssl_handshake(&_ssl);
            MUST(ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ);
            _is_over = ret == 0;
            if (_is_over) {
                talk();
            }
        }
        return nsapi_size_or_error_t(size);
    }

    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override
    {
        size_t left = recording.bytes.size() - _read;
        if (left == 0) {
            return NSAPI_ERROR_WOULD_BLOCK;
        }
        size = nsapi_size_t(std::min<size_t>(size, left));
        std::copy_n(recording.bytes.begin() + long(_read), size, static_cast<uint8_t *>(data));
        _read += size;
        return nsapi_size_or_error_t(size);
    }

private:
    static int give(void *self, const unsigned char *data, size_t size)
    {
        Recording &recording = static_cast<Server *>(self)->recording;
        recording.records.push_back(recording.bytes.size()); // Mbed TLS gives record by record
        recording.bytes.insert(recording.bytes.end(), data, data + size);
        return int(size);
    }

    static int take(void *self, unsigned char *data, size_t size)
    {
        std::vector<uint8_t> &coming = static_cast<Server *>(self)->_coming;
        size = std::min(size, coming.size());
        std::copy_n(coming.begin(), size, data);
        coming.erase(coming.begin(), coming.begin() + long(size));
        return size ? int(size) : MBEDTLS_ERR_SSL_WANT_READ;
    }

    /// A short record, an empty one, a warning, the longest record, the goodbye.
    void talk()
    {
        write(10);
        write(0);
        MUST(mbedtls_ssl_send_alert_message(&_ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                            MBEDTLS_SSL_ALERT_MSG_USER_CANCELED) == 0);
        write(size_t(mbedtls_ssl_get_max_out_record_payload(&_ssl)));
        MUST(mbedtls_ssl_close_notify(&_ssl) == 0);
        recording.records.push_back(recording.bytes.size());
    }

    void write(size_t size)
    {
        std::vector<uint8_t> text(size);
        world::numbers(&_state, text.data(), size);
        MUST(mbedtls_ssl_write(&_ssl, text.data(), size) == int(size));
        recording.plain_text.insert(recording.plain_text.end(), text.begin(), text.end());
    }

    mbedtls_ssl_config _conf;
    mbedtls_ssl_context _ssl;
    uint64_t _state = 0;
    std::vector<uint8_t> _coming;
    size_t _read = 0;
    bool _is_over = false;
};

Recording record(bool named, bool mutual)
{
    Server server(mutual);
    world::reseed();
    TLSSocketWrapper client(&server);
    set_up(client, named, mutual);
    MUST(client.connect() == NSAPI_ERROR_OK);
    return server.recording;
}

} // namespace

void set_up(TLSSocketWrapper &client, bool named, bool mutual)
{
    client.set_hostname(named ? HOST : nullptr);
    MUST(client.set_root_ca_cert(root_identity().der.data(), root_identity().der.size()) == NSAPI_ERROR_OK);
    if (mutual) {
        Identity &mine = client_identity();
        MUST(client.set_client_cert_key(mine.der.data(), mine.der.size(), mine.key_der.data(), mine.key_der.size()) ==
             NSAPI_ERROR_OK);
    }
}

const Recording &recording(bool named, bool mutual)
{
    static std::map<std::pair<bool, bool>, Recording> made;
    auto found = made.find({named, mutual});
    return found != made.end() ? found->second : made[{named, mutual}] = record(named, mutual);
}
