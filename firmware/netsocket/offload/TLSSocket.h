#pragma once

#include "netsocket/TCPSocket.h"

/// TLS that the network stack does: a modem, or the host at the other end of the serial line. A TCPSocket with setters,
/// whose values go to the stack as options of level NSAPI_TLSSOCKET_LEVEL. Between the board and the stack's end the
/// data is clear text.
///
/// All setters: after open() and before connect(). close() forgets what they set.
/// @return NSAPI_ERROR_OK; NSAPI_ERROR_NO_SOCKET (not open); NSAPI_ERROR_IS_CONNECTED or NSAPI_ERROR_BUSY (connected,
///         or connecting); NSAPI_ERROR_PARAMETER (null, broken, or a key that is not the certificate's: what was set
///         before still holds); NSAPI_ERROR_NO_MEMORY (longer than the stack takes); NSAPI_ERROR_UNSUPPORTED (the
///         network stack does no TLS)
class TLSSocket : public TCPSocket {
public:
    /// open() it before use.
    TLSSocket() = default;

    /// Name that the server's certificate must carry; it is sent to the server, too (SNI, RFC 6066).
    /// @param hostname null says that the name shall not be checked
    nsapi_error_t set_hostname(const char *hostname);

    /// Trust these root certificates, in place of earlier ones.
    /// @param root_ca one or more certificates: PEM with its terminating 0, or DER one after the other
    /// @param len     bytes, the terminating 0 of PEM included
    nsapi_error_t set_root_ca_cert(const void *root_ca, size_t len);
    nsapi_error_t set_root_ca_cert(const char *root_ca_pem);

    /// Certificate, with its chain if there is one, and private key for servers that ask for them.
    nsapi_error_t set_client_cert_key(const void *client_cert, size_t client_cert_len, const void *client_private_key,
                                      size_t client_private_key_len);
    nsapi_error_t set_client_cert_key(const char *client_cert_pem, const char *client_private_key_pem);

    /// Have the stack do TLS on this socket, and connect. After a failure it can be called again. But when the network
    /// interface went down meanwhile, NSAPI_ERROR_CONNECTION_LOST or NSAPI_ERROR_NO_CONNECTION tells that once, and all
    /// that was set is forgotten: set it before the next connect().
    /// @return as TCPSocket::connect, and as the secure socket on Mbed TLS: NSAPI_ERROR_PARAMETER (nothing was said
    ///         about the host name); NSAPI_ERROR_AUTH_FAILURE (one side's certificate was refused, or no root
    ///         certificate is set); NSAPI_ERROR_CONNECTION_LOST; NSAPI_ERROR_CONNECTION_TIMEOUT (the timeout passed);
    ///         NSAPI_ERROR_UNSUPPORTED (the network stack does no TLS); or an Mbed TLS code
    nsapi_error_t connect(const SocketAddress &address) override;

    /// Look up a host first. The certificate must carry `host`, unless set_hostname() said otherwise.
    /// @return as above; NSAPI_ERROR_PARAMETER (no host); NSAPI_ERROR_DNS_FAILURE
    nsapi_error_t connect(const char *host, uint16_t port);

    nsapi_error_t close() override;

    /// Why the last connect() failed, as an Mbed TLS code; 0 if TLS was not the reason.
    int get_last_tls_error() const { return _tls_error; }

    /// What was wrong with the server's certificate then, MBEDTLS_X509_BADCERT_...; 0: nothing.
    uint32_t get_verify_flags() const { return _verify_flags; }

private:
    class Stay;

    nsapi_error_t set(int option, const void *value, size_t size);
    nsapi_error_t enable();
    nsapi_error_t connected(nsapi_error_t result);

    bool _named = false; // set_hostname() was called
    int _tls_error = 0;
    uint32_t _verify_flags = 0;
};
