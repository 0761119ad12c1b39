// A secure socket put to use as a fuzzer's input says, and what must hold for it.
#pragma once

#include "Input.h"
#include "Transport.h"

#include "netsocket/TLSSocketWrapper.h"

/// How a client is set up: the first bytes of an input.
struct Manner {
    Manner(Input &input, bool datagrams);

    Meeting meeting{};
    bool credulous; ///< it takes every signature and MAC for good
    bool misled;    ///< it trusts somebody else
    int control;    ///< TLSSocketWrapper::control_transport
    int timeout_ms;
    int refusal; ///< which allocation is refused; -1: none
};

/// Connect, send, receive, close, as the input says. Nothing but the server's messages may be received, unless the
/// client is credulous, and in the end nothing may be left on the heap.
void use(Input &input, const Manner &manner, Transport &transport);
