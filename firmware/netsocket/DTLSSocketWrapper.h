#pragma once

#include "netsocket/TLSSocketWrapper.h"

/// Secure datagrams over any datagram Socket: Mbed OS 6's DTLSSocketWrapper. It is TLSSocketWrapper but for this:
///
/// - Each send() is one record in one datagram, or MBEDTLS_ERR_SSL_BAD_INPUT_DATA if it is too long for that; of 0
///   bytes nothing is sent. After NSAPI_ERROR_WOULD_BLOCK the next send() may be of any message; the one that was
///   refused may arrive nevertheless, before it. Each recv() takes from one record; what the buffer has no room for is
///   left to the next recv(). Records may be lost and come in another order, but none is forged or comes twice.
/// - A datagram that is no record of the peer's is dropped without a word, and ends nothing. Only the handshake, which
///   is in the clear but for its last messages, can be ended by what somebody forges; connect() can be called again.
/// - Of a datagram that is longer than the record buffer (of the profile), what lies beyond is lost. A server's flight
///   may be longer than that, but not in one datagram.
/// - The handshake sends again what was not answered in time. It gives up with NSAPI_ERROR_CONNECTION_TIMEOUT once it
///   has waited the last of its timeouts, or when the socket's own timeout passes. A connect() that does not block
///   sends again only when it is called, and sigio is not called when a timeout passes: call connect() about every
///   first_ms of set_handshake_timeouts() until it is done.
class DTLSSocketWrapper : public TLSSocketWrapper {
public:
    /// Bytes of a datagram that no common path cuts into fragments: Ethernet's 1500, less tunnels and headers.
    static constexpr uint16_t default_mtu = 1400;

    /// Arguments as for TLSSocketWrapper, with a datagram socket as transport.
    DTLSSocketWrapper(Socket *transport, const char *hostname = nullptr,
                      control_transport control = TRANSPORT_CONNECT_AND_CLOSE);

    /// Closes the socket if that was not done.
    ~DTLSSocketWrapper() override;

    /// How long to wait for an answer in the handshake. The time doubles whenever it passes (RFC 6347, section 4.2.4).
    /// It is a part of the configuration: sockets that share one share the times.
    /// @param first_ms milliseconds of the first wait; 1000 if nothing is said
    /// @param last_ms  the longest wait, after which connect() gives up; 60000 if nothing is said
    /// @return NSAPI_ERROR_OK; NSAPI_ERROR_PARAMETER (0, or the first is longer than the last); NSAPI_ERROR_NO_MEMORY
    nsapi_error_t set_handshake_timeouts(uint32_t first_ms, uint32_t last_ms);

    /// Set the longest datagram to send, from the next connect() on.
    /// @param bytes payload of a UDP datagram, at least 228; default_mtu if nothing is said
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_PARAMETER
    nsapi_error_t set_mtu(uint16_t bytes);

protected:
    bool over_datagrams() const override { return true; }
    void prepare(mbedtls_ssl_context *ssl) override;
    Deadline::Milliseconds timer() const override;

private:
    using Time = rtos::Kernel::Clock::time_point;

    static void set_timer(void *self, uint32_t intermediate_ms, uint32_t final_ms);
    static int get_timer(void *self);

    Time _intermediate;
    Time _final;
    bool _running = false;
    uint16_t _mtu = default_mtu;
};
