// A secure socket put to use as a fuzzer's input says, and what must hold for it.
#pragma once

#include "Input.h"
#include "Stream.h"

#include "netsocket/TLSSocketWrapper.h"

/// How a client is set up: the first bytes of an input.
struct Manner {
    explicit Manner(Input &input);

    bool credulous; ///< it takes every signature and MAC for good
    bool named;     ///< it knows the server's name
    bool mutual;    ///< it has a certificate
    bool misled;    ///< it trusts somebody else
    TLSSocketWrapper::control_transport control;
    int timeout_ms;
    int refusal; ///< which allocation is refused; -1: none
};

/// Connect, send, receive, close, as the input says. In the end nothing may be left on the heap.
/// @param plain_text what alone may be received, unless the client is credulous
void use(Input &input, const Manner &manner, Stream &stream, const std::vector<uint8_t> &plain_text);
