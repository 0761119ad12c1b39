#include "Stream.h"

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

nsapi_error_t EditedStream::false_alarm()
{
    if (callback) {
        callback();
    }
    return NSAPI_ERROR_WOULD_BLOCK;
}

nsapi_error_t EditedStream::connect(const SocketAddress &)
{
    _at = 0;
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

nsapi_size_or_error_t EditedStream::send(const void *, nsapi_size_t size)
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

nsapi_size_or_error_t EditedStream::give(uint8_t *data, size_t size)
{
    size = std::min(size, _recording.bytes.size() - _at);
    std::copy_n(_recording.bytes.data() + _at, size, data);
    _at += size;
    return nsapi_size_or_error_t(size);
}

nsapi_size_or_error_t EditedStream::make_up(uint8_t *data, size_t size)
{
    size = std::min<size_t>(size, _input.byte());
    const uint8_t *bytes = _input.bytes(size);
    std::copy_n(bytes, size, data);
    return nsapi_size_or_error_t(size);
}

nsapi_size_or_error_t EditedStream::recv(void *data, nsapi_size_t size)
{
    auto bytes = static_cast<uint8_t *>(data);
    switch (_input.byte() % 12) {
        case 1: return give(bytes, std::min<size_t>(size, _input.byte()));
        case 2: return NSAPI_ERROR_WOULD_BLOCK;
        case 3: { // change a byte
            const nsapi_size_or_error_t given = give(bytes, size);
            if (given > 0) {
                bytes[_input.word() % given] ^= uint8_t(_input.byte());
            }
            return given;
        }
        case 4: return make_up(bytes, size); // put something in
        case 5: {                            // put something in another's place
            const nsapi_size_or_error_t made = make_up(bytes, size);
            _at = std::min(_at + size_t(made), _recording.bytes.size());
            return made;
        }
        case 6: _at = std::min(_at + _input.byte(), _recording.bytes.size()); return give(bytes, size);
        case 7: _at -= std::min<size_t>(_at, _input.byte()); return give(bytes, size);
        case 8: _at = _recording.records[_input.byte() % _recording.records.size()]; return give(bytes, size);
        case 9: return 0;
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
