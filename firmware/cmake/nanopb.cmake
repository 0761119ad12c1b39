# Messages in C, as nanopb generates them.
include_guard(GLOBAL)
third_party_source(nanopb NANOPB_DIR nanopb_version)
third_party_library(nanopb ${NANOPB_DIR}/pb_common.c ${NANOPB_DIR}/pb_decode.c ${NANOPB_DIR}/pb_encode.c)
target_include_directories(nanopb SYSTEM PUBLIC ${NANOPB_DIR})
target_compile_definitions(nanopb PUBLIC PB_BUFFER_ONLY=1)

# The generator comes with the host's Python packages and needs their protoc; its version must be the runtime's.
find_program(NANOPB_GENERATOR nanopb_generator HINTS ${CMAKE_CURRENT_LIST_DIR}/../../.venv/bin)
if(NOT NANOPB_GENERATOR)
    message(FATAL_ERROR "nanopb_generator is missing: it comes with the Python package nanopb (make sets up .venv)")
endif()

# nanopb_library(NAME PATH): the library NAME_proto from the schema PATH/NAME.proto and its sizes, PATH/NAME.options.in.
function(nanopb_library name path)
    set(generated ${CMAKE_CURRENT_BINARY_DIR}/proto)
    configure_file(${path}/${name}.options.in ${generated}/${name}.options @ONLY)
    add_custom_command(
        OUTPUT ${generated}/${name}.pb.c ${generated}/${name}.pb.h
        COMMAND ${NANOPB_GENERATOR} --quiet --output-dir=${generated} --proto-path=${path}
            --options-file=${generated}/${name}.options --strip-path ${name}.proto
        DEPENDS ${path}/${name}.proto ${generated}/${name}.options
        WORKING_DIRECTORY ${path}
        COMMENT "Generating the schema ${name}"
        VERBATIM)
    third_party_library(${name}_proto ${generated}/${name}.pb.c ${generated}/${name}.pb.h)
    # A source in the build folder gets another name by ccache, and so another build id.
    set_target_properties(${name}_proto PROPERTIES C_COMPILER_LAUNCHER "")
    target_include_directories(${name}_proto SYSTEM PUBLIC ${generated})
    target_link_libraries(${name}_proto PUBLIC nanopb)
endfunction()
