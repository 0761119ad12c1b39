/* What the firmware says of itself. */
#pragma once

#include "agent.pb.h"

namespace tlsbench::agent {

/// Fill in everything but `again`.
void identify(tlsbench_Hello &hello);

} // namespace tlsbench::agent
