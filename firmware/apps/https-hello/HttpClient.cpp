#include "HttpClient.h"

#include <algorithm>

/// The value of a header field if the line is of that field, whose name does not depend on case.
static const char *field(const char *line, const char *name)
{
    const size_t length = strlen(name);
    if (strncasecmp(line, name, length) != 0 || line[length] != ':') {
        return nullptr;
    }
    line += length + 1;
    return line + strspn(line, " \t");
}

int HttpClient::get(const char *host, const char *path)
{
    const int length =
        snprintf(_buffer, sizeof _buffer, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, host);
    if (length < 0 || size_t(length) >= sizeof _buffer) {
        return NSAPI_ERROR_PARAMETER;
    }
    const nsapi_size_or_error_t sent = _socket->send(_buffer, nsapi_size_t(length));
    if (sent < 0) {
        return sent;
    }
    nsapi_error_t result = line();
    if (result != NSAPI_ERROR_OK) {
        return result;
    }
    const char *space = strchr(_line, ' ');
    const int status = space ? atoi(space) : 0;
    if (strncmp(_line, "HTTP/1.", 7) != 0 || status < 100) {
        return NSAPI_ERROR_UNSUPPORTED;
    }
    _left = UNKNOWN;
    while ((result = line()) == NSAPI_ERROR_OK && _line[0]) {
        if (const char *value = field(_line, "Content-Length")) {
            _left = strtoul(value, nullptr, 10);
        } else if (field(_line, "Transfer-Encoding")) {
            return NSAPI_ERROR_UNSUPPORTED;
        }
    }
    return result == NSAPI_ERROR_OK ? status : result;
}

nsapi_size_or_error_t HttpClient::read(char *data, nsapi_size_t size)
{
    if (_left == 0) {
        return 0;
    }
    const nsapi_size_or_error_t there = fill();
    if (there <= 0) {
        return there == 0 && _left != UNKNOWN ? nsapi_size_or_error_t(NSAPI_ERROR_CONNECTION_LOST) : there;
    }
    const size_t count = std::min({size_t(there), size_t(size), _left});
    memcpy(data, _buffer + _begin, count);
    _begin += count;
    if (_left != UNKNOWN) {
        _left -= count;
    }
    return nsapi_size_or_error_t(count);
}

/// Wait for data, if all that came was taken.
/// @return bytes at _begin; 0 at the end of the stream; or what the socket returned
nsapi_size_or_error_t HttpClient::fill()
{
    if (_begin == _end) {
        const nsapi_size_or_error_t count = _socket->recv(_buffer, sizeof _buffer);
        if (count <= 0) {
            return count;
        }
        _begin = 0;
        _end = size_t(count);
    }
    return nsapi_size_or_error_t(_end - _begin);
}

/// Read a line into _line, without its end. What there is no room for is left out.
nsapi_error_t HttpClient::line()
{
    for (size_t length = 0;;) {
        const nsapi_size_or_error_t there = fill();
        if (there <= 0) {
            return there == 0 ? nsapi_error_t(NSAPI_ERROR_CONNECTION_LOST) : there;
        }
        const char c = _buffer[_begin++];
        if (c == '\n') {
            _line[length] = 0;
            return NSAPI_ERROR_OK;
        }
        if (c != '\r' && length + 1 < sizeof _line) {
            _line[length++] = c;
        }
    }
}
