# The agent's messages: the library agent_proto.
include(${CMAKE_CURRENT_LIST_DIR}/../cmake/nanopb.cmake)
math(EXPR agent_threads "${MBED_CONF_AGENT_WORKERS} + 5") # besides the workers: main, idle, agent, interrupts, a stack's
nanopb_library(agent ${CMAKE_CURRENT_LIST_DIR})
