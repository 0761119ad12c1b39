# Compiles through ccache where it is there: a fresh build folder, or another checkout, then has its objects at once.
# They are kept beside the third-party sources, for all checkouts. Wants TLSBENCH_ROOT.
find_program(TLSBENCH_CCACHE ccache)
if(NOT TLSBENCH_CCACHE)
    return()
endif()
set(cache "$ENV{XDG_CACHE_HOME}")
if(NOT cache)
    set(cache $ENV{HOME}/.cache)
endif()
set(launcher env CCACHE_DIR=${cache}/tlsbench/ccache CCACHE_MAXSIZE=1G CCACHE_BASEDIR=${TLSBENCH_ROOT} ${TLSBENCH_CCACHE})
set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
# ccache makes paths below the checkout relative: they are to read the same, whether or not it is there.
file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${TLSBENCH_ROOT})
string(REGEX REPLACE "([^/])$" "\\1/" up ${up})
add_compile_options(-ffile-prefix-map=${up}= -ffile-prefix-map=./=)
