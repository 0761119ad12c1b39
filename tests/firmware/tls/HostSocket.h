#pragma once

#include "netsocket/Socket.h"

#include <vector>

/// A TCP connection of this machine, or a UDP socket, as a transport that can be made awkward. It never calls sigio.
class HostSocket : public Socket {
public:
    explicit HostSocket(bool datagrams = false) : _datagrams(datagrams) { open(); }
    ~HostSocket() override { HostSocket::close(); }

    void open();

    bool stuck = false;     ///< connect() and send() find nothing to do
    bool silent = false;    ///< recv() finds nothing to do
    bool halting = false;   ///< every other call finds nothing to do
    bool full = false;      ///< every other send() finds no memory
    int empties = 0;        ///< so many empty datagrams come before anything else; negative: without end
    int failing = 0;        ///< what recv() returns, unless 0
    nsapi_size_t piece = 0; ///< most bytes moved by one call, 0: any
    int connects = 0;       ///< calls of connect()
    int closes = 0;         ///< calls of close() while open
    int timeout = -1;       ///< as last set
    int options = 0;        ///< calls of bind, setsockopt, getsockopt
    mbed::Callback<void()> callback;
    std::vector<uint64_t> sent_ms; ///< when each send() went to the system

    nsapi_error_t close() override;
    nsapi_error_t connect(const SocketAddress &address) override;
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;
    nsapi_size_or_error_t sendto(const SocketAddress &, const void *data, nsapi_size_t size) override
    {
        return send(data, size);
    }
    nsapi_size_or_error_t recvfrom(SocketAddress *, void *data, nsapi_size_t size) override { return recv(data, size); }
    nsapi_size_or_error_t sendmsg(const SocketAddress &, const void *data, nsapi_size_t size, nsapi_msghdr_t *,
                                  nsapi_size_t) override
    {
        return send(data, size);
    }
    nsapi_size_or_error_t recvmsg(SocketAddress *, void *data, nsapi_size_t size, nsapi_msghdr_t *,
                                  nsapi_size_t) override
    {
        return recv(data, size);
    }
    nsapi_error_t bind(const SocketAddress &) override { return count_option(); }
    void set_blocking(bool blocking) override { timeout = blocking ? -1 : 0; }
    void set_timeout(int milliseconds) override { timeout = milliseconds; }
    void sigio(mbed::Callback<void()> func) override { callback = func; }
    nsapi_error_t setsockopt(int, int, const void *, unsigned) override { return count_option(); }
    nsapi_error_t getsockopt(int, int, void *, unsigned *) override { return count_option(); }
    Socket *accept(nsapi_error_t *) override { return nullptr; }
    nsapi_error_t listen(int) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t getpeername(SocketAddress *address) override;

private:
    nsapi_error_t count_option();
    bool halts(bool &last) const;
    nsapi_size_t limited(nsapi_size_t size) const { return piece && piece < size ? piece : size; }
    template <typename Attempt> nsapi_size_or_error_t repeat(short events, Attempt attempt);

    bool _datagrams;
    int _handle = -1;
    bool _was_full = false;
    bool _halted_sending = false;
    bool _halted_receiving = false;
    SocketAddress _peer;
};
