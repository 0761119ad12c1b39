# An image that is a process of the machine that builds it.
include(${CMAKE_CURRENT_LIST_DIR}/instrument.cmake)
set(CMAKE_EXECUTABLE_SUFFIX .elf)
find_package(Threads REQUIRED)
link_libraries(Threads::Threads)
# Heap accounting (platform/native/heap.cpp), and the end of the process (platform/native/libc.cpp).
foreach(function malloc calloc realloc aligned_alloc free __cxa_atexit)
    add_link_options(-Wl,--wrap=${function})
endforeach()
# Before the others: what a port has in the place of a header of the same name.
include_directories(BEFORE rtos/native platform/native/include)
