/* A small client for MQTT 3.1.1 (OASIS Standard, 29 October 2014). It takes any Socket, so it speaks MQTT over TCP and
   over TLS alike. It allocates nothing, and packets of up to 256 bytes go through it. */
#pragma once

#include "mbed.h"

/// One session with a broker. Calls block as the socket does; one thread makes them.
///
/// Results are NSAPI_ERROR_OK; NSAPI_ERROR_PARAMETER (a packet gets too long); NSAPI_ERROR_NO_MEMORY (what came is too
/// long); NSAPI_ERROR_UNSUPPORTED (this is not MQTT, or no packet that a client gets); NSAPI_ERROR_CONNECTION_LOST (the
/// broker closed); or what the socket returned. After any of them but the first two, close the socket.
class MqttClient {
public:
    /// Called with each message of a topic that was subscribed to. The message ends with the call.
    using Handler = mbed::Callback<void(const char *topic, const uint8_t *payload, size_t size)>;

    /// @param socket connected to the broker; stays the caller's
    MqttClient(Socket *socket, Handler handler) : _socket(socket), _handler(handler) {}

    /// Begin a session that the broker forgets when it ends.
    /// @param client_id    1 to 23 letters and digits: all brokers take that
    /// @param keep_alive_s longest silence of the client, in seconds: ping() in time; 0: any
    /// @return also NSAPI_ERROR_AUTH_FAILURE: the broker refuses this client
    nsapi_error_t connect(const char *client_id, uint16_t keep_alive_s);

    /// Ask for the messages of a topic.
    /// @param qos 0: each comes at most once; 1: at least once
    /// @return also NSAPI_ERROR_AUTH_FAILURE: the broker refuses that topic
    nsapi_error_t subscribe(const char *topic, int qos);

    /// Send a message. With QoS 1, wait until the broker has it.
    nsapi_error_t publish(const char *topic, const void *payload, size_t size, int qos);

    /// Show the broker that the client lives, and see that the broker does.
    nsapi_error_t ping();

    /// Wait for one packet, and hand it on if it is a message.
    nsapi_error_t receive();

    /// End the session in good order. The socket stays open.
    nsapi_error_t disconnect();

private:
    enum Type : uint8_t {
        CONNECT = 1,
        CONNACK = 2,
        PUBLISH = 3,
        PUBACK = 4,
        SUBSCRIBE = 8,
        SUBACK = 9,
        PINGREQ = 12,
        PINGRESP = 13,
        DISCONNECT = 14,
    };

    void begin();
    void put(const void *data, size_t size);
    void put_number(uint16_t number);
    void put_text(const char *text);
    nsapi_error_t send(Type type, uint8_t flags = 0);
    nsapi_error_t read(void *data, size_t size);
    nsapi_error_t read_packet();
    nsapi_error_t take_message();
    nsapi_error_t wait_for(Type type, uint16_t id = 0);
    uint16_t new_id() { return _last_id = _last_id == UINT16_MAX ? 1 : uint16_t(_last_id + 1); }
    uint16_t number_at(size_t at) const { return uint16_t(_packet[at] << 8 | _packet[at + 1]); }

    static constexpr size_t HEADER = 3; // type and flags, and a length of at most two bytes
    static constexpr size_t ROOM = 256; // of a packet, behind its header

    Socket *_socket;
    Handler _handler;
    uint8_t _packet[HEADER + ROOM]; // to send: header and body
    size_t _size = 0;               // of the body
    bool _fits = true;
    uint8_t _first = 0; // of what was received: type and flags; its body begins at _packet
    uint16_t _last_id = 0;
};
