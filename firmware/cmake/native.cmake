# An image that is a process of the machine that builds it. The sanitizers end it at the first mistake.
option(TLSBENCH_SANITIZE "AddressSanitizer and UndefinedBehaviorSanitizer" ON)
if(TLSBENCH_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=address,undefined)
endif()
set(CMAKE_EXECUTABLE_SUFFIX .elf)
find_package(Threads REQUIRED)
link_libraries(Threads::Threads)
# Heap accounting (platform/native/heap.cpp).
foreach(function malloc calloc realloc aligned_alloc free)
    add_link_options(-Wl,--wrap=${function})
endforeach()
# Before the others: what a port has in the place of a header of the same name.
include_directories(BEFORE rtos/native platform/native/include)
