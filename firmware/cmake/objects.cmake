# What all objects have in common, so that those of one program can be another one's. Wants TLSBENCH_ROOT.
add_compile_options(
    # Not -g3: with every macro in it, an object would depend on every key of the configuration, read or not.
    -g -ffunction-sections -fdata-sections -fno-common
    # The build folder itself has one name, too: what ccache keeps then suits other folders.
    "-ffile-prefix-map=${TLSBENCH_ROOT}/=" "-ffile-prefix-map=${CMAKE_BINARY_DIR}=."
    "-ffile-prefix-map=${CMAKE_BINARY_DIR}/=")
include(${CMAKE_CURRENT_LIST_DIR}/ccache.cmake)
