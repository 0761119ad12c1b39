/*
 * The remote-control agent: makes socket calls on behalf of the host and tells what they cost. It allocates nothing on
 * the heap, so that the heap's numbers are the sockets' own.
 */
#pragma once

namespace tlsbench::agent {

/// Serve the host for ever. Kinds of socket other than the standard ones are added before.
[[noreturn]] void run();

} // namespace tlsbench::agent
