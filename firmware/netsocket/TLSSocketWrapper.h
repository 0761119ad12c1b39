/*
 * A secure stream over any Socket: Mbed OS 6's TLSSocketWrapper, on Mbed TLS.
 *
 * How it works. Mbed TLS is only ever entered with the socket's lock held and the transport non-blocking. Where it
 * wants more, the lock is released and the thread sleeps until the transport's sigio, close() or the deadline wakes
 * it. So one thread may receive while another sends, a deadline bounds a whole call, and close() gets everybody out
 * before it frees anything.
 *
 * What lies on the heap is allocated when it is first needed and freed by close(): configuration and certificates by
 * the setters, the TLS context and its buffers by connect().
 */
#pragma once

#include "netsocket/Socket.h"
#include "netsocket/tls/Deadline.h"
#include "netsocket/tls/nonblocking.h"
#include "rtos/EventFlags.h"
#include "rtos/Mutex.h"

#include "mbedtls/ssl.h"

#include <atomic>

namespace tlsbench {
class Lookup;
namespace tls {
class Configuration;
}
} // namespace tlsbench

class NetworkStack;

// Without DTLS nobody overrides these, and they cost nothing.
#if MBED_CONF_DTLS_SOCKET_ENABLE
#define TLSBENCH_DTLS_HOOK virtual
#else
#define TLSBENCH_DTLS_HOOK
#endif

class TLSSocketWrapper : public Socket {
public:
    /// Which of connect() and close() go on to the transport.
    enum control_transport {
        TRANSPORT_KEEP,              ///< neither: the transport is connected and stays so
        TRANSPORT_CONNECT_AND_CLOSE, ///< both
        TRANSPORT_CONNECT,           ///< connect() only, and that of a transport that need not block (TCPSocket)
        TRANSPORT_CLOSE,             ///< close() only
    };

    /// @param transport any stream socket; it must outlive this object or its close(). While TLS is connected its
    ///                  blocking mode and its sigio belong to this object.
    /// @param hostname  as for set_hostname(), but null says nothing
    TLSSocketWrapper(Socket *transport, const char *hostname = nullptr,
                     control_transport control = TRANSPORT_CONNECT_AND_CLOSE);

    /// Closes the socket if that was not done.
    ~TLSSocketWrapper() override;

    TLSSocketWrapper(const TLSSocketWrapper &) = delete;
    TLSSocketWrapper &operator=(const TLSSocketWrapper &) = delete;

    /// Name that the server's certificate must carry; it is sent to the server, too (SNI, RFC 6066).
    /// @param hostname copied; null says that the name shall not be checked, and must be said: without any word of a
    ///                 name connect() refuses. Ignored while connect() runs.
    void set_hostname(const char *hostname);

    /// Trust these root certificates, in place of earlier ones.
    /// @param root_ca one or more certificates: PEM with its terminating 0, or DER one after the other; copied
    /// @param len     bytes, the terminating 0 of PEM included
    /// @return NSAPI_ERROR_OK; NSAPI_ERROR_PARAMETER (no certificate, or one of several is broken:
    ///         get_last_tls_error() says why); NSAPI_ERROR_NO_MEMORY; NSAPI_ERROR_BUSY (a connect() has begun and is
    ///         not done, or that of a socket which uses this one's configuration computes with it). After an error the
    ///         earlier trust holds.
    nsapi_error_t set_root_ca_cert(const void *root_ca, size_t len);
    /// @param root_ca_pem PEM as a C string
    nsapi_error_t set_root_ca_cert(const char *root_ca_pem);

    /// As set_root_ca_cert, but earlier root certificates stay trusted: copies of those that set_ca_chain() or
    /// set_ssl_config() brought, which stay as they are.
    nsapi_error_t append_root_ca_cert(const void *root_ca, size_t len);
    nsapi_error_t append_root_ca_cert(const char *root_ca_pem);

    /// Certificate, with its chain if there is one, and private key for servers that ask for them.
    /// @return as set_root_ca_cert; NSAPI_ERROR_PARAMETER also if the key is not the certificate's
    nsapi_error_t set_client_cert_key(const void *client_cert, size_t client_cert_len, const void *client_private_key,
                                      size_t client_private_key_len);
    nsapi_error_t set_client_cert_key(const char *client_cert_pem, const char *client_private_key_pem);

    /// Connect the transport, if the mode says so, and shake hands. Blocks until that is done, failed or the timeout
    /// has passed, also on a non-blocking socket; there without limit. After a failure it can be called again; a
    /// TLSSocket has a new TCP socket then, and what bind() and setsockopt() did to the old one is to be said again.
    ///
    /// With tls-socket.nonblocking-handshake it does not block on a non-blocking socket. It is called again, with the
    /// same arguments, until it is done; each call computes for as long as tls-socket.ecc-operations allows. When
    /// another call can get on, sigio is called: from the stack's thread, or, where it takes nothing but computing,
    /// from within connect() itself. A DTLS timer that passes calls nobody: DTLSSocketWrapper.h. send() and recv() go
    /// on with a handshake that has begun, too. There's no time limit; close() gives up. A call on a socket that has
    /// become a blocking one blocks until all is done.
    /// @return NSAPI_ERROR_OK
    ///         NSAPI_ERROR_IN_PROGRESS         non-blocking, first call: it has begun
    ///         NSAPI_ERROR_ALREADY             non-blocking, later calls: it goes on; or another thread is in connect()
    ///         NSAPI_ERROR_IS_CONNECTED        it was connected before; non-blocking, later calls: now it is
    ///         NSAPI_ERROR_PARAMETER           nothing was said about the host name
    ///         NSAPI_ERROR_AUTH_FAILURE        one side's certificate was refused, or no root certificate is set:
    ///                                         get_verify_flags(), get_last_tls_error()
    ///         NSAPI_ERROR_CONNECTION_TIMEOUT  the timeout passed, wherever it had got to
    ///         NSAPI_ERROR_CONNECTION_LOST     the peer or the network ended the connection
    ///         NSAPI_ERROR_NO_MEMORY           the heap did not suffice
    ///         NSAPI_ERROR_NO_SOCKET (closed), or what the transport's connect or Mbed TLS returned
    nsapi_error_t connect(const SocketAddress &address = SocketAddress()) override;

    /// Say goodbye (close_notify), free all that TLS allocated, certificates and host name included, and close the
    /// transport, if the mode says so. Calls that block in other threads return NSAPI_ERROR_NO_SOCKET first. On a dead
    /// link it returns within the timeout, or two seconds if there is none.
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_NO_SOCKET if it was closed, or what the transport's close returned
    nsapi_error_t close() override;

    /// @return bytes taken over (fewer than `size` only if not blocking or timed out); NSAPI_ERROR_NO_CONNECTION,
    ///         NSAPI_ERROR_NO_SOCKET, NSAPI_ERROR_CONNECTION_LOST; NSAPI_ERROR_BUSY (another thread is sending);
    ///         NSAPI_ERROR_WOULD_BLOCK: the next call must begin with the same bytes, a record of them may be half
    ///         sent; or an Mbed TLS code
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;

    /// @return bytes; 0 after the peer's close_notify; NSAPI_ERROR_WOULD_BLOCK (nothing in time);
    ///         NSAPI_ERROR_CONNECTION_LOST also when the stream ends without close_notify, which may be an attack;
    ///         otherwise as send
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;

    /// As send: a TLS connection cannot change its peer, so the address is ignored.
    nsapi_size_or_error_t sendto(const SocketAddress &address, const void *data, nsapi_size_t size) override;
    /// As recv: `address` is left as it is.
    nsapi_size_or_error_t recvfrom(SocketAddress *address, void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t sendmsg(const SocketAddress &address, const void *data, nsapi_size_t size,
                                  nsapi_msghdr_t *control, nsapi_size_t control_size) override;
    nsapi_size_or_error_t recvmsg(SocketAddress *address, void *data, nsapi_size_t size, nsapi_msghdr_t *control,
                                  nsapi_size_t control_size) override;

    nsapi_error_t bind(const SocketAddress &address) override;
    void set_blocking(bool blocking) override;
    void set_timeout(int timeout) override;
    void sigio(mbed::Callback<void()> func) override;
    nsapi_error_t setsockopt(int level, int optname, const void *optval, unsigned optlen) override;
    nsapi_error_t getsockopt(int level, int optname, void *optval, unsigned *optlen) override;
    /// NSAPI_ERROR_NO_CONNECTION until the handshake is done.
    nsapi_error_t getpeername(SocketAddress *address) override;

    /// NSAPI_ERROR_UNSUPPORTED, both.
    Socket *accept(nsapi_error_t *error = nullptr) override;
    nsapi_error_t listen(int backlog = 1) override;

    /// Client certificate; null without one. What is set is not copied and must outlive the connection.
    mbedtls_x509_crt *get_own_cert();
    /// @return NSAPI_ERROR_OK, NSAPI_ERROR_PARAMETER (there is no private key yet), NSAPI_ERROR_NO_MEMORY
    int set_own_cert(mbedtls_x509_crt *crt);
    /// Root certificates; null without. What is set is not copied and must outlive the connection.
    mbedtls_x509_crt *get_ca_chain();
    void set_ca_chain(mbedtls_x509_crt *crt);

    /// The configuration in use; made on demand, null when there is no memory.
    mbedtls_ssl_config *get_ssl_config();
    /// Use another socket's configuration, which then lives as long as either uses it, or one of the application's
    /// own, which must outlive the connection. Certificates set on this socket go before those in it. Does nothing
    /// between connect() and close().
    void set_ssl_config(mbedtls_ssl_config *conf);
    /// Null until connect().
    mbedtls_ssl_context *get_ssl_context();

    /// Mbed TLS's last error code (or the transport's, as Mbed TLS passed it on); 0 if there was none. Kept over
    /// close().
    int get_last_tls_error() const { return _tls_error; }

    /// What was wrong with the server's certificate in the last handshake, MBEDTLS_X509_BADCERT_...; 0: nothing.
    uint32_t get_verify_flags() const { return _verify_flags; }

protected:
    using Deadline = tlsbench::tls::Deadline;

    /// connect(), with a host's name instead of its address where `host` is given.
    /// @param address its port counts, and its address if `host` is null
    /// @param host    looked up; the certificate must carry it, unless set_hostname() said otherwise
    nsapi_error_t connect_to(const char *host, SocketAddress address);

    /// Look up a host, in pause() while waiting.
    virtual nsapi_error_t resolve(const Deadline &deadline, const char *host, SocketAddress *address);

    /// Make the transport fit for another connect after one that failed.
    virtual nsapi_error_t renew_transport() { return NSAPI_ERROR_OK; }

    /// Open the transport by calling `open`; then this object is no longer closed.
    /// @return NSAPI_ERROR_BUSY (close() is running) or what `open` returned
    template <typename Open> nsapi_error_t open_transport(Open open)
    {
        _lock.lock();
        nsapi_error_t ret = _closing ? int(NSAPI_ERROR_BUSY) : open();
        if (ret == NSAPI_ERROR_OK) {
            _state = State::IDLE;
        }
        _lock.unlock();
        return ret;
    }

    /// Whether the transport keeps messages apart, so that this is DTLS.
    TLSBENCH_DTLS_HOOK bool over_datagrams() const { return false; }

    /// Complete a new context that is about to shake hands.
    TLSBENCH_DTLS_HOOK void prepare(mbedtls_ssl_context *) {}

    /// How long until Mbed TLS wants to go on even if nothing comes.
    TLSBENCH_DTLS_HOOK Deadline::Milliseconds timer() const { return rtos::Kernel::wait_for_u32_forever; }

    /// Look up a host at a stack, in pause() while waiting.
    nsapi_error_t resolve_at(NetworkStack *stack, const Deadline &deadline, const char *host, SocketAddress *address);

    /// What a sleeping thread waits for.
    enum Side : uint32_t { READ = 1, WRITE = 2, CONNECT = 4, LEFT = 8 };

    /// Sleep, without the lock, until there's news for `side`, close() is called or the deadline passes.
    /// @param backoff when to look again without news; grows
    /// @return NSAPI_ERROR_OK (look again), NSAPI_ERROR_WOULD_BLOCK (deadline), NSAPI_ERROR_NO_SOCKET (closing)
    nsapi_error_t pause(uint32_t side, const Deadline &deadline, Deadline::Milliseconds &backoff);

    /// Wake threads that sleep in pause(). From any thread or interrupt.
    void wake(uint32_t sides) { _events.set(sides); }

private:
    enum class State : uint8_t { IDLE, CONNECTING, CONNECTED, ENDED, CLOSED };
    enum class Name : uint8_t { UNSAID, GIVEN, WAIVED, LOST };

    class Call;

    bool enter();
    nsapi_error_t ready(uint32_t side) const;
    nsapi_error_t give_way(const Deadline &deadline);
    nsapi_error_t finish_handshake(const Deadline &deadline);
    nsapi_error_t connect_now(const Deadline &deadline, const char *host, SocketAddress &address, bool keep);
    nsapi_error_t connect_found(const Deadline &deadline, const char *host, const SocketAddress &address);
    nsapi_error_t connect_transport(const Deadline &deadline, const SocketAddress &address);
    nsapi_error_t connect_kept_transport(const Deadline &deadline, const SocketAddress &address);
    nsapi_error_t shake_hands(const Deadline &deadline, const char *host);
    int set_up(tlsbench::tls::Configuration *configuration, const char *host);
    int holding_step();
    void hold(bool on);
    void forget_connect();
    template <typename Attempt> int repeat(uint32_t side, const Deadline &deadline, Attempt attempt);
    int flush();
    int write(const void *data, nsapi_size_t size);
    nsapi_error_t end(int tls_error, bool out_of_memory);
    void say_goodbye();
    void free_context();
    void forget();
    nsapi_error_t set_trust(const void *root_ca, size_t len, bool append);
    nsapi_error_t refuse(int tls_error, bool out_of_memory);
    tlsbench::tls::Configuration *own_configuration();
    void event();
    /// A connect() that was to be called again has got as far as the handshake.
    bool shakes_hands() const { return tlsbench::tls::nonblocking_handshake && _ssl; }
    bool connects() const { return _control == TRANSPORT_CONNECT || _control == TRANSPORT_CONNECT_AND_CLOSE; }
    bool closes() const { return _control == TRANSPORT_CLOSE || _control == TRANSPORT_CONNECT_AND_CLOSE; }
    static int bio_send(void *self, const unsigned char *data, size_t size);
    static int bio_recv(void *self, unsigned char *data, size_t size);

    Socket *_transport;
    mbedtls_ssl_context *_ssl = nullptr;
    tlsbench::tls::Configuration *_own = nullptr;    // this socket's settings and certificates
    mbedtls_ssl_config *_conf = nullptr;             // used instead of _own's, if set
    tlsbench::tls::Configuration *_lender = nullptr; // whose _conf is, if another socket's
    char *_hostname = nullptr;
    int _timeout = -1;
    int _tls_error = 0;
    uint32_t _verify_flags = 0;
    nsapi_error_t _ended_by = NSAPI_ERROR_OK;
    nsapi_size_t _pending = 0; // bytes in the record that the transport has not wholly taken yet
    control_transport _control;
    State _state = State::IDLE;
    Name _name = Name::UNSAID;
    uint8_t _busy = 0;       // sides with a thread in a call
    uint8_t _reads_left = 0; // how often Mbed TLS may still ask the transport in this attempt
    bool _progress = false;  // the transport took or gave something in this attempt
    bool _drained = false;   // the transport had nothing more to give in this attempt
    bool _peer_closed = false;
    bool _connecting_transport = false;
#if MBED_CONF_TLS_SOCKET_NONBLOCKING_HANDSHAKE
    // Of a connect() that has begun and is not done:
    bool _out_of_memory = false; // at some time in it
    bool _holds = false;         // see hold()
    tlsbench::Lookup *_lookup = nullptr;
#endif
    std::atomic<bool> _closing{false};
    mbed::Callback<void()> _sigio;
    rtos::Mutex _lock;
    rtos::EventFlags _events;
};
