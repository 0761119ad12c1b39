#include "BareSocket.h"

#include "agent/agent.h"
#include "agent/kinds.h"

int main()
{
    tlsbench::agent::add_kind(tlsbench::agent::tls_socket_kind<tlsbench::bare::BareSocket>("bare"));
    tlsbench::agent::run();
}
