// What the host has to answer before a call can return: bind, listen, options. One question at a time.
#pragma once

#include "Session.h"
#include "netsocket/nsapi_types.h"

namespace tlsbench {
namespace offload {

class Question {
public:
    /// Most bytes of a value that one answer brings: all that the options of today have, and room is scarce.
    static constexpr size_t kPiece = 4;

    /// Ask the host and wait for its answer. The caller holds the lock, once; meanwhile it is free.
    /// @param value where to put the data of the answer, at most `room` bytes of it and at most kPiece
    /// @param total out: bytes of the whole value, of which that is a piece
    /// @param got   out: bytes of the piece; null: the answer has no data, and so are the others
    /// @return the host's result; NSAPI_ERROR_NO_CONNECTION (no session), NSAPI_ERROR_TIMEOUT (no answer)
    static nsapi_error_t ask(offload_ToHost &message, Bytes data = {}, uint8_t *value = nullptr, size_t room = 0,
                             size_t *total = nullptr, size_t *got = nullptr);

    /// Wait until there is room for one message, without the lock.
    /// @return NSAPI_ERROR_OK, or as `ask`
    static nsapi_error_t wait_for_room();

    // --- for the stack, with the lock ---

    static void on_answer(const offload_Answer &answer, const Bytes &data);

    /// The session has ended, and with it what was asked in it.
    static void on_down();

    /// There may be room.
    static void on_news();
};

} // namespace offload
} // namespace tlsbench
