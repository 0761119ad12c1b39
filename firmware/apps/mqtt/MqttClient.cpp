#include "MqttClient.h"

nsapi_error_t MqttClient::connect(const char *client_id, uint16_t keep_alive_s)
{
    static const uint8_t LEVEL = 4;         // version 3.1.1
    static const uint8_t CLEAN_SESSION = 2; // and no will, no user name, no password
    begin();
    put_text("MQTT");
    put(&LEVEL, 1);
    put(&CLEAN_SESSION, 1);
    put_number(keep_alive_s);
    put_text(client_id);
    nsapi_error_t result = send(CONNECT);
    if (result == NSAPI_ERROR_OK) {
        result = wait_for(CONNACK);
    }
    if (result != NSAPI_ERROR_OK) {
        return result;
    }
    return _packet[1] == 0 ? NSAPI_ERROR_OK : NSAPI_ERROR_AUTH_FAILURE;
}

nsapi_error_t MqttClient::subscribe(const char *topic, int qos)
{
    static const uint8_t REFUSED = 0x80;
    const uint16_t id = new_id();
    const uint8_t most = uint8_t(qos);
    begin();
    put_number(id);
    put_text(topic);
    put(&most, 1);
    nsapi_error_t result = send(SUBSCRIBE, 2);
    if (result == NSAPI_ERROR_OK) {
        result = wait_for(SUBACK, id);
    }
    if (result != NSAPI_ERROR_OK) {
        return result;
    }
    return _packet[2] != REFUSED ? NSAPI_ERROR_OK : NSAPI_ERROR_AUTH_FAILURE;
}

nsapi_error_t MqttClient::publish(const char *topic, const void *payload, size_t size, int qos)
{
    const uint16_t id = qos ? new_id() : 0;
    begin();
    put_text(topic);
    if (qos) {
        put_number(id);
    }
    put(payload, size);
    const nsapi_error_t result = send(PUBLISH, uint8_t(qos << 1));
    return result == NSAPI_ERROR_OK && qos ? wait_for(PUBACK, id) : result;
}

nsapi_error_t MqttClient::ping()
{
    begin();
    const nsapi_error_t result = send(PINGREQ);
    return result == NSAPI_ERROR_OK ? wait_for(PINGRESP) : result;
}

nsapi_error_t MqttClient::receive()
{
    const nsapi_error_t result = read_packet();
    return result == NSAPI_ERROR_OK && _first >> 4 == PUBLISH ? take_message() : result;
}

nsapi_error_t MqttClient::disconnect()
{
    begin();
    return send(DISCONNECT);
}

// --- to the broker

void MqttClient::begin()
{
    _size = 0;
    _fits = true;
}

void MqttClient::put(const void *data, size_t size)
{
    _fits = _fits && size <= ROOM - _size;
    if (_fits) {
        memcpy(_packet + HEADER + _size, data, size);
        _size += size;
    }
}

void MqttClient::put_number(uint16_t number)
{
    const uint8_t bytes[] = {uint8_t(number >> 8), uint8_t(number)};
    put(bytes, sizeof bytes);
}

void MqttClient::put_text(const char *text)
{
    const size_t length = strlen(text);
    put_number(uint16_t(length));
    put(text, length);
}

/// Send what was put together, behind a header that says how long it is (section 2.2.3).
nsapi_error_t MqttClient::send(Type type, uint8_t flags)
{
    if (!_fits) {
        return NSAPI_ERROR_PARAMETER;
    }
    const bool is_long = _size > 127;
    uint8_t *start = _packet + (is_long ? 0 : 1);
    start[0] = uint8_t(type << 4 | flags);
    start[1] = uint8_t(is_long ? 0x80 | (_size & 127) : _size);
    if (is_long) {
        start[2] = uint8_t(_size >> 7);
    }
    const size_t size = size_t(_packet + HEADER + _size - start);
    for (size_t sent = 0; sent < size;) {
        const nsapi_size_or_error_t count = _socket->send(start + sent, nsapi_size_t(size - sent));
        if (count < 0) {
            return count;
        }
        sent += size_t(count);
    }
    return NSAPI_ERROR_OK;
}

// --- from the broker

nsapi_error_t MqttClient::read(void *data, size_t size)
{
    for (auto to = static_cast<uint8_t *>(data); size > 0;) {
        const nsapi_size_or_error_t count = _socket->recv(to, nsapi_size_t(size));
        if (count <= 0) {
            return count == 0 ? nsapi_error_t(NSAPI_ERROR_CONNECTION_LOST) : count;
        }
        to += count;
        size -= size_t(count);
    }
    return NSAPI_ERROR_OK;
}

/// Wait for a packet: _first, and its body in _packet.
nsapi_error_t MqttClient::read_packet()
{
    nsapi_error_t result = read(&_first, 1);
    _size = 0;
    uint8_t part = 0x80;
    for (int shift = 0; result == NSAPI_ERROR_OK && (part & 0x80); shift += 7) {
        if (shift > 21) { // four bytes at most
            return NSAPI_ERROR_UNSUPPORTED;
        }
        result = read(&part, 1);
        _size |= size_t(part & 127) << shift;
    }
    if (result == NSAPI_ERROR_OK && _size > ROOM) {
        return NSAPI_ERROR_NO_MEMORY;
    }
    return result == NSAPI_ERROR_OK ? read(_packet, _size) : result;
}

/// Hand on the message that was received, and say so if it is to be said.
nsapi_error_t MqttClient::take_message()
{
    const int qos = _first >> 1 & 3;
    const size_t head = qos ? 4 : 2; // beside the topic: its length, and an identifier
    const size_t length = number_at(0);
    if (qos > 1 || _size < head || length > _size - head) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    const size_t start = head + length;
    const uint16_t id = qos ? number_at(start - 2) : 0;
    memmove(_packet, _packet + 2, length); // so that there is room for the end of a string
    _packet[length] = 0;
    _handler(reinterpret_cast<const char *>(_packet), _packet + start, _size - start);
    if (!qos) {
        return NSAPI_ERROR_OK;
    }
    begin();
    put_number(id);
    return send(PUBACK);
}

/// Wait for an answer; messages that come before it are handed on.
/// @param id the request's that it is for; 0 where it has none
nsapi_error_t MqttClient::wait_for(Type type, uint16_t id)
{
    static const size_t sizes[] = {0, 0, 2, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0}; // of what a client gets
    for (;;) {
        nsapi_error_t result = read_packet();
        if (result == NSAPI_ERROR_OK && _first >> 4 == PUBLISH) {
            result = take_message();
        } else if (result == NSAPI_ERROR_OK) {
            const bool is_it = _first >> 4 == type && _size == sizes[type] && (id == 0 || number_at(0) == id);
            return is_it ? NSAPI_ERROR_OK : NSAPI_ERROR_UNSUPPORTED;
        }
        if (result != NSAPI_ERROR_OK) {
            return result;
        }
    }
}
