/* The smallest HTTP client that is of use. It takes any Socket, so it speaks HTTP and HTTPS alike. */
#pragma once

#include "mbed.h"

/// One request and its answer, by HTTP/1.1 (RFC 9112).
class HttpClient {
public:
    /// @param socket connected to the server; stays the caller's
    explicit HttpClient(Socket *socket) : _socket(socket) {}

    /// Ask for a page, and read the answer up to where the page begins. The server is told to close afterwards.
    /// @param host the server's name, as in the URL
    /// @param path the page, with its leading slash
    /// @return status of the answer, such as 200; NSAPI_ERROR_PARAMETER (host and path are too long);
    ///         NSAPI_ERROR_UNSUPPORTED (this is no answer in HTTP, or the page comes in chunks);
    ///         NSAPI_ERROR_CONNECTION_LOST (the answer broke off); or what the socket returned
    int get(const char *host, const char *path);

    /// Read on in the page.
    /// @return bytes; 0 at its end; NSAPI_ERROR_CONNECTION_LOST (it broke off); or what the socket returned
    nsapi_size_or_error_t read(char *data, nsapi_size_t size);

private:
    nsapi_size_or_error_t fill();
    nsapi_error_t line();

    static constexpr size_t UNKNOWN = SIZE_MAX; // the page ends where the server closes

    Socket *_socket;
    size_t _left = 0; // bytes of the page that are still to come
    size_t _begin = 0, _end = 0;
    char _buffer[256];
    char _line[128];
};
