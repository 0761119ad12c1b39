#include "server.h"

#include "Transport.h"
#include "identity.h"
#include "world.h"

#include "netsocket/DTLSSocketWrapper.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace {

/// The server, with the client's bytes coming in by send() and its own going out by recv().
class Server : public Transport {
public:
    explicit Server(const Meeting &meeting)
    {
        mbedtls_ssl_config_init(&_conf);
        mbedtls_ssl_init(&_ssl);
        MUST(mbedtls_ssl_config_defaults(&_conf, MBEDTLS_SSL_IS_SERVER,
                                         meeting.datagrams ? MBEDTLS_SSL_TRANSPORT_DATAGRAM
                                                           : MBEDTLS_SSL_TRANSPORT_STREAM,
                                         MBEDTLS_SSL_PRESET_DEFAULT) == 0);
        mbedtls_ssl_conf_rng(&_conf, world::numbers, &_state);
        mbedtls_ssl_conf_authmode(&_conf, meeting.mutual ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
        if (meeting.cookie) {
            mbedtls_ssl_conf_dtls_cookies(&_conf, write_cookie, check_cookie, nullptr);
        } else if (meeting.datagrams) {
            mbedtls_ssl_conf_dtls_cookies(&_conf, nullptr, nullptr, nullptr);
        }
        Identity &server = server_identity();
        mbedtls_ssl_conf_ca_chain(&_conf, &root_identity().chain, nullptr);
        MUST(mbedtls_ssl_conf_own_cert(&_conf, &server.chain, &server.key) == 0);
        MUST(mbedtls_ssl_setup(&_ssl, &_conf) == 0);
        mbedtls_ssl_set_bio(&_ssl, this, give, take, nullptr);
        mbedtls_ssl_set_timer_cb(
            &_ssl, nullptr, [](void *, uint32_t, uint32_t) {}, [](void *) { return 0; }); // nothing is ever late
        if (meeting.datagrams) {
            identify_client();
        }
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
        _coming.emplace_back(bytes, bytes + size);
        if (!_is_over) {
            shake_hands();
        }
        return nsapi_size_or_error_t(size);
    }

    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override
    {
        return move(recording.packets, _read, data, size);
    }

private:
    /// Take from a packet, and go on to the next one at its end.
    nsapi_size_or_error_t move(const std::vector<Bytes> &packets, size_t &at, void *data, size_t size)
    {
        if (at == packets.size()) {
            return NSAPI_ERROR_WOULD_BLOCK;
        }
        const Bytes &packet = packets[at];
        size_t &taken = _taken[&packets == &_coming];
        size = std::min(size, packet.size() - taken);
        std::copy_n(packet.begin() + long(taken), size, static_cast<uint8_t *>(data));
        taken += size;
        if (taken == packet.size()) {
            taken = 0;
            ++at;
        }
        return nsapi_size_or_error_t(size);
    }

    static int give(void *self, const unsigned char *data, size_t size)
    {
        static_cast<Server *>(self)->recording.packets.emplace_back(data, data + size);
        return int(size);
    }

    static int take(void *self, unsigned char *data, size_t size)
    {
        auto server = static_cast<Server *>(self);
        int ret = server->move(server->_coming, server->_heard, data, size);
        return ret == NSAPI_ERROR_WOULD_BLOCK ? MBEDTLS_ERR_SSL_WANT_READ : ret;
    }

    static int write_cookie(void *, unsigned char **out, unsigned char *end, const unsigned char *, size_t)
    {
        MUST(end - *out >= 8);
        memcpy(*out, "a cookie", 8);
        *out += 8;
        return 0;
    }

    static int check_cookie(void *, const unsigned char *cookie, size_t size, const unsigned char *, size_t)
    {
        return size == 8 && memcmp(cookie, "a cookie", 8) == 0 ? 0 : -1;
    }

    void shake_hands()
    {
        int ret;
        do {
            ret = mbedtls_ssl_handshake(&_ssl);
        } while (ret == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS);
        if (ret == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) {
            MUST(mbedtls_ssl_session_reset(&_ssl) == 0);
            identify_client();
            return;
        }
        MUST(ret == 0 || ret == MBEDTLS_ERR_SSL_WANT_READ);
        _is_over = ret == 0;
        if (_is_over) {
            talk();
        }
    }

    /// A short message, an empty one, a warning, the longest message, the goodbye.
    void talk()
    {
        write(10);
        write(0);
        MUST(mbedtls_ssl_send_alert_message(&_ssl, MBEDTLS_SSL_ALERT_LEVEL_WARNING,
                                            MBEDTLS_SSL_ALERT_MSG_USER_CANCELED) == 0);
        write(size_t(mbedtls_ssl_get_max_out_record_payload(&_ssl)));
        MUST(mbedtls_ssl_close_notify(&_ssl) == 0);
    }

    void write(size_t size)
    {
        Bytes text(size);
        world::numbers(&_state, text.data(), size);
        MUST(mbedtls_ssl_write(&_ssl, text.data(), size) == int(size));
        recording.messages.push_back(text);
    }

    void identify_client()
    {
        const unsigned char id = 1;
        mbedtls_ssl_set_client_transport_id(&_ssl, &id, sizeof id);
    }

    mbedtls_ssl_config _conf;
    mbedtls_ssl_context _ssl;
    uint64_t _state = 0;
    std::vector<Bytes> _coming;
    size_t _heard = 0;     // of _coming
    size_t _read = 0;      // of the recording
    size_t _taken[2] = {}; // of the packet of each that is being read
    bool _is_over = false;
};

Recording record(const Meeting &meeting)
{
    Server server(meeting);
    world::reseed();
    auto client = make_client(meeting, server, TLSSocketWrapper::TRANSPORT_KEEP);
    MUST(client->connect() == NSAPI_ERROR_OK);
    return server.recording;
}

} // namespace

std::unique_ptr<TLSSocketWrapper> make_client(const Meeting &meeting, Socket &transport, int control)
{
    const auto mode = TLSSocketWrapper::control_transport(control);
    std::unique_ptr<TLSSocketWrapper> client;
    if (meeting.datagrams) {
        client = std::make_unique<DTLSSocketWrapper>(&transport, nullptr, mode);
    } else {
        client = std::make_unique<TLSSocketWrapper>(&transport, nullptr, mode);
    }
    client->set_hostname(meeting.named ? HOST : nullptr);
    const Bytes &root = root_identity().der;
    MUST(client->set_root_ca_cert(root.data(), root.size()) == NSAPI_ERROR_OK);
    if (meeting.mutual) {
        const Identity &mine = client_identity();
        MUST(client->set_client_cert_key(mine.der.data(), mine.der.size(), mine.key_der.data(), mine.key_der.size()) ==
             NSAPI_ERROR_OK);
    }
    return client;
}

const Recording &recording(const Meeting &meeting)
{
    static std::map<Meeting, Recording> made;
    auto found = made.find(meeting);
    return found != made.end() ? found->second : made[meeting] = record(meeting);
}
