// The begin of a play: a host and a line that do what an input says.
#pragma once

#include "Input.h"
#include "Oracle.h"

namespace line_world {

/// @param input must live until the next play begins
/// @return what knows what the target must have taken
offload::Oracle &begin(Input &input);

} // namespace line_world
