// Transports for a client under test. What one does is in its send() and recv().
#pragma once

#include "Input.h"
#include "server.h"

#include "netsocket/Socket.h"

class Transport : public Socket {
public:
    mbed::Callback<void()> callback; ///< the client's, told of news

    nsapi_error_t close() override { return NSAPI_ERROR_OK; }
    nsapi_error_t connect(const SocketAddress &) override { return NSAPI_ERROR_OK; }
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
    nsapi_error_t bind(const SocketAddress &) override { return NSAPI_ERROR_OK; }
    void set_blocking(bool) override {}
    void set_timeout(int) override {}
    void sigio(mbed::Callback<void()> func) override { callback = func; }
    nsapi_error_t setsockopt(int, int, const void *, unsigned) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t getsockopt(int, int, void *, unsigned *) override { return NSAPI_ERROR_UNSUPPORTED; }
    Socket *accept(nsapi_error_t *) override { return nullptr; }
    nsapi_error_t listen(int) override { return NSAPI_ERROR_UNSUPPORTED; }
    nsapi_error_t getpeername(SocketAddress *) override { return NSAPI_ERROR_OK; }
};

/// Gives what a server sent, with what the fuzzer does to it on the way. When the fuzzer has no more to say, the rest
/// comes as it was recorded.
class Edited : public Transport {
public:
    Edited(Input &input, const Recording &recording) : _input(input), _recording(recording) {}

    bool awkward = false; ///< what is sent, and connect(), meet with the fuzzer, too

    nsapi_error_t connect(const SocketAddress &) override;
    nsapi_size_or_error_t send(const void *data, nsapi_size_t size) override;

protected:
    virtual void rewind() = 0;
    nsapi_error_t false_alarm();
    nsapi_size_or_error_t make_up(uint8_t *data, size_t size);
    void change_byte(uint8_t *data, nsapi_size_or_error_t size);

    Input &_input;
    const Recording &_recording;
};

/// After the recording the stream ends.
class EditedStream : public Edited {
public:
    EditedStream(Input &input, const Recording &recording);
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;

private:
    void rewind() override { _at = 0; }
    nsapi_size_or_error_t give(uint8_t *data, size_t size);

    Bytes _bytes;
    std::vector<size_t> _records; ///< where each begins
    size_t _at = 0;
};

/// After the recording nothing comes for a while, then all of it again, for what was lost; then the network is gone.
class EditedDatagrams : public Edited {
public:
    using Edited::Edited;
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;

private:
    void rewind() override { _at = 0; }
    nsapi_size_or_error_t give(uint8_t *data, size_t size);

    size_t _at = 0; ///< which datagram is next
    int _rounds = 0;
    bool _silent = false;
};

/// Gives the fuzzer's bytes as they are, in pieces.
class RawStream : public Transport {
public:
    /// @param piece the most bytes given at a time, 0: any number; with an odd number every other call gives none
    RawStream(Input &input, uint8_t piece) : _input(input), _piece(piece) {}

    nsapi_size_or_error_t send(const void *, nsapi_size_t size) override { return nsapi_size_or_error_t(size); }
    nsapi_size_or_error_t recv(void *data, nsapi_size_t size) override;

private:
    Input &_input;
    uint8_t _piece;
    bool _halted = false;
};
