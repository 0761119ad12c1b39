#include "agent.h"

int main()
{
    tlsbench::agent::run();
}
