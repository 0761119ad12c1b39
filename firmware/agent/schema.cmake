# The agent's messages in C, as nanopb generates them: the library agent_proto.
third_party_source(nanopb NANOPB_DIR nanopb_version)
third_party_library(nanopb ${NANOPB_DIR}/pb_common.c ${NANOPB_DIR}/pb_decode.c ${NANOPB_DIR}/pb_encode.c)
target_include_directories(nanopb SYSTEM PUBLIC ${NANOPB_DIR})
target_compile_definitions(nanopb PUBLIC PB_BUFFER_ONLY=1)

# The generator comes with the host's Python packages and needs their protoc; its version must be the runtime's.
find_program(NANOPB_GENERATOR nanopb_generator HINTS ${CMAKE_CURRENT_LIST_DIR}/../../.venv/bin)
if(NOT NANOPB_GENERATOR)
    message(FATAL_ERROR "nanopb_generator is missing: it comes with the Python package nanopb (make sets up .venv)")
endif()
set(generated ${CMAKE_CURRENT_BINARY_DIR}/proto)
math(EXPR agent_threads "${MBED_CONF_AGENT_WORKERS} + 8") # besides the workers: main, idle, agent, interrupts, a stack's
configure_file(${CMAKE_CURRENT_LIST_DIR}/agent.options.in ${generated}/agent.options @ONLY)
add_custom_command(
    OUTPUT ${generated}/agent.pb.c ${generated}/agent.pb.h
    COMMAND ${NANOPB_GENERATOR} --quiet --output-dir=${generated} --proto-path=${CMAKE_CURRENT_LIST_DIR}
        --options-file=${generated}/agent.options --strip-path agent.proto
    DEPENDS ${CMAKE_CURRENT_LIST_DIR}/agent.proto ${generated}/agent.options
    WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}
    COMMENT "Generating the agent's schema"
    VERBATIM)
third_party_library(agent_proto ${generated}/agent.pb.c ${generated}/agent.pb.h)
# A source in the build folder gets another name by ccache, and so another build id.
set_target_properties(agent_proto PROPERTIES C_COMPILER_LAUNCHER "")
target_include_directories(agent_proto SYSTEM PUBLIC ${generated})
target_link_libraries(agent_proto PUBLIC nanopb)
