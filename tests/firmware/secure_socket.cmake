# The secure sockets as libraries for a program of this machine: netsocket_tls, without a network stack or a kernel.
# Whoever includes this has the folders first in its include path that stand in for the kernel, and makes the library
# `platform` with what the firmware asks of the machine.
set(MBEDTLS 3.6 CACHE STRING "Mbed TLS generation: 3.6 or 2.28")
set(PROFILE small CACHE STRING "sizes of the records, see firmware/tls_config")
set(BOARD native)
get_filename_component(firmware ${CMAKE_CURRENT_LIST_DIR}/../../firmware ABSOLUTE)
set(PLATFORMS ${firmware}/../platforms)
set(CMAKE_CXX_STANDARD 17)
include(${firmware}/cmake/configuration.cmake)
get_filename_component(TLSBENCH_ROOT ${firmware}/.. ABSOLUTE)
add_compile_options(-O1)
include(${firmware}/cmake/objects.cmake)
include(${firmware}/cmake/instrument.cmake)
include_directories(${firmware})

# What firmware/ calls for its libraries.
function(third_party_library name)
    add_library(${name} STATIC ${ARGN})
    target_compile_options(${name} PRIVATE -w ${third_party_${INSTRUMENT}})
endfunction()
function(tlsbench_library name)
    add_library(${name} STATIC ${ARGN})
    target_compile_options(${name} PRIVATE ${TLSBENCH_OPTIONS})
endfunction()
tlsbench_library(netsocket ${firmware}/netsocket/SocketAddress.cpp)
foreach(folder third_party tls_config netsocket/tls netsocket/dtls)
    add_subdirectory(${firmware}/${folder} ${folder})
endforeach()
