#include "Transport.h"

#include <algorithm>

namespace {

/// What a transport may say instead of taking or giving something.
nsapi_error_t error(uint8_t which)
{
    static const nsapi_error_t errors[] = {NSAPI_ERROR_CONNECTION_LOST, NSAPI_ERROR_NO_CONNECTION,
                                           NSAPI_ERROR_NO_SOCKET,       NSAPI_ERROR_DEVICE_ERROR,
                                           NSAPI_ERROR_NO_MEMORY,       NSAPI_ERROR_PARAMETER};
    return errors[which % (sizeof errors / sizeof *errors)];
}

} // namespace

nsapi_error_t Edited::false_alarm()
{
    if (callback) {
        callback();
    }
    return NSAPI_ERROR_WOULD_BLOCK;
}

nsapi_error_t Edited::connect(const SocketAddress &)
{
    rewind();
    if (awkward) {
        switch (_input.byte() % 8) {
            case 1: return NSAPI_ERROR_IN_PROGRESS;
            case 2: return NSAPI_ERROR_ALREADY;
            case 3: return NSAPI_ERROR_IS_CONNECTED;
            case 4: return error(_input.byte());
            default: break;
        }
    }
    return NSAPI_ERROR_OK;
}

nsapi_size_or_error_t Edited::send(const void *, nsapi_size_t size)
{
    if (awkward) {
        switch (_input.byte() % 8) {
            case 1: return NSAPI_ERROR_WOULD_BLOCK;
            case 2: return nsapi_size_or_error_t(std::min<nsapi_size_t>(size, _input.byte()));
            case 3: return error(_input.byte());
            case 4: return false_alarm();
            default: break;
        }
    }
    return nsapi_size_or_error_t(size);
}

nsapi_size_or_error_t Edited::make_up(uint8_t *data, size_t size)
{
    size = std::min<size_t>(size, _input.byte());
    const uint8_t *bytes = _input.bytes(size);
    std::copy_n(bytes, size, data);
    return nsapi_size_or_error_t(size);
}

void Edited::change_byte(uint8_t *data, nsapi_size_or_error_t size)
{
    if (size > 0) {
        data[_input.word() % size] ^= _input.byte();
    }
}

EditedStream::EditedStream(Input &input, const Recording &recording) : Edited(input, recording)
{
    for (const Bytes &record : recording.packets) {
        _records.push_back(_bytes.size());
        _bytes.insert(_bytes.end(), record.begin(), record.end());
    }
}

nsapi_size_or_error_t EditedStream::give(uint8_t *data, size_t size)
{
    size = std::min(size, _bytes.size() - _at);
    std::copy_n(_bytes.data() + _at, size, data);
    _at += size;
    return nsapi_size_or_error_t(size);
}

nsapi_size_or_error_t EditedStream::recv(void *data, nsapi_size_t size)
{
    auto bytes = static_cast<uint8_t *>(data);
    switch (_input.byte() % 12) {
        case 1: return give(bytes, std::min<size_t>(size, _input.byte()));
        case 2: return NSAPI_ERROR_WOULD_BLOCK;
        case 3: {
            const nsapi_size_or_error_t given = give(bytes, size);
            change_byte(bytes, given);
            return given;
        }
        case 4: return make_up(bytes, size); // put something in
        case 5: {                            // put something in another's place
            const nsapi_size_or_error_t made = make_up(bytes, size);
            _at = std::min(_at + size_t(made), _bytes.size());
            return made;
        }
        case 6: _at = std::min(_at + _input.byte(), _bytes.size()); return give(bytes, size);
        case 7: _at -= std::min<size_t>(_at, _input.byte()); return give(bytes, size);
        case 8: _at = _records[_input.byte() % _records.size()]; return give(bytes, size);
        case 9: return 0;
        case 10: return error(_input.byte());
        case 11: return false_alarm();
        default: return give(bytes, size);
    }
}

nsapi_size_or_error_t EditedDatagrams::give(uint8_t *data, size_t size)
{
    if (_at >= _recording.packets.size()) {
        _silent = !_silent;
        if (_silent) {
            return NSAPI_ERROR_WOULD_BLOCK;
        }
        if (_rounds++) {
            return NSAPI_ERROR_CONNECTION_LOST;
        }
        _at = 0;
    }
    const Bytes &datagram = _recording.packets[_at++];
    size = std::min(size, datagram.size());
    std::copy_n(datagram.data(), size, data);
    return nsapi_size_or_error_t(size);
}

nsapi_size_or_error_t EditedDatagrams::recv(void *data, nsapi_size_t size)
{
    auto bytes = static_cast<uint8_t *>(data);
    switch (_input.byte() % 12) {
        case 1: return give(bytes, std::min<size_t>(size, _input.byte())); // cut short
        case 2: return NSAPI_ERROR_WOULD_BLOCK;
        case 3: {
            const nsapi_size_or_error_t given = give(bytes, size);
            change_byte(bytes, given);
            return given;
        }
        case 4: return make_up(bytes, size); // somebody else's
        case 5: {                            // with somebody's bytes at its end
            const nsapi_size_or_error_t given = give(bytes, size);
            return given < 0 ? given : given + make_up(bytes + given, size - size_t(given));
        }
        case 6: ++_at; return give(bytes, size);          // one is lost
        case 7: _at -= _at > 0; return give(bytes, size); // one comes twice
        case 8: _at = _input.byte() % _recording.packets.size(); return give(bytes, size);
        case 9: { // two in one
            const nsapi_size_or_error_t given = give(bytes, size);
            const nsapi_size_or_error_t second = given < 0 ? 0 : give(bytes + given, size - size_t(given));
            return given + std::max(second, 0);
        }
        case 10: return error(_input.byte());
        case 11: return false_alarm();
        default: return give(bytes, size);
    }
}

nsapi_size_or_error_t RawStream::recv(void *data, nsapi_size_t size)
{
    _halted = _piece % 2 && !_halted && !_input.ended();
    if (_halted) {
        return NSAPI_ERROR_WOULD_BLOCK;
    }
    size_t given = _piece && _piece < size ? _piece : size;
    const uint8_t *bytes = _input.bytes(given);
    std::copy_n(bytes, given, static_cast<uint8_t *>(data));
    return nsapi_size_or_error_t(given);
}
