# What a program of this machine carries to find mistakes, INSTRUMENT:
#   address   AddressSanitizer with its leak check, UndefinedBehaviorSanitizer; they end it at the first mistake
#   thread    ThreadSanitizer
#   coverage  counts of the lines that were reached (gcov)
set(INSTRUMENT address CACHE STRING "address, thread or coverage")
set(instrument_address -fsanitize=address,undefined -fno-sanitize-recover=all)
# Mbed TLS compares empty names by memcmp(NULL, NULL, 0).
set(third_party_address -fno-sanitize=nonnull-attribute)
set(instrument_thread -fsanitize=thread)
set(instrument_coverage --coverage -fprofile-update=atomic)
# Whose lines nobody asks about need not count them, and take most of the time.
set(third_party_coverage -O2 -fno-profile-arcs -fno-test-coverage)
if(NOT instrument_${INSTRUMENT})
    message(FATAL_ERROR "INSTRUMENT=${INSTRUMENT}: there is no such instrument; use address, thread or coverage")
endif()
if(INSTRUMENT STREQUAL coverage)
    # An object that ccache brings would write its counts where it was first built.
    unset(CMAKE_C_COMPILER_LAUNCHER)
    unset(CMAKE_CXX_COMPILER_LAUNCHER)
    add_compile_options(-O0)
    add_link_options(-Wl,-u,__gcov_dump) # which a process calls that does not exit() (drivers/posix/serial.cpp)
endif()
add_compile_options(${instrument_${INSTRUMENT}} -fno-omit-frame-pointer)
add_link_options(${instrument_${INSTRUMENT}})
