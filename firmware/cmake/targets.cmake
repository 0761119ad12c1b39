# How everything is compiled, and the kinds of target.
get_filename_component(TLSBENCH_ROOT ${CMAKE_CURRENT_SOURCE_DIR}/.. ABSOLUTE)
set(profile_default -O2)
set(profile_small -Os)

add_compile_options(
    ${TLSBENCH_CORE_FLAGS} ${profile_${PROFILE}} "$<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions;-fno-rtti>")
include(${CMAKE_CURRENT_LIST_DIR}/objects.cmake)
add_compile_definitions(TLSBENCH_PROFILE="${PROFILE}")
if(TLSBENCH_PORT STREQUAL native)
    include(${CMAKE_CURRENT_LIST_DIR}/native.cmake)
else()
    add_link_options(${TLSBENCH_CORE_FLAGS} --specs=nano.specs -nostartfiles)
endif()
include_directories(${CMAKE_CURRENT_SOURCE_DIR} ${TLSBENCH_GENERATED})

# Only an application computes with floats. With an FPU to hand, the compiler would also move integers through its
# registers, and each thread that once did has 136 bytes more to save at every switch.
set(TLSBENCH_NO_FPU $<$<BOOL:${TLSBENCH_FPU}>:-mfloat-abi=soft>)

# tlsbench_library(NAME SOURCE...): our own code; its folder is on the include path of whoever links it.
function(tlsbench_library name)
    add_library(${name} STATIC ${ARGN})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_compile_options(${name} PRIVATE ${TLSBENCH_OPTIONS} ${TLSBENCH_NO_FPU})
endfunction()

# third_party_library(NAME SOURCE...): somebody else's code, whose warnings are not ours to mend.
function(third_party_library name)
    add_library(${name} STATIC ${ARGN})
    target_compile_options(${name} PRIVATE -w ${TLSBENCH_NO_FPU} ${third_party_${INSTRUMENT}})
endfunction()

# tlsbench_executable(NAME SOURCES a.cpp ... LIBRARIES rtos ...): NAME.elf and NAME.map at the top of the build folder.
function(tlsbench_executable name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_executable(${name} ${arg_SOURCES} $<TARGET_OBJECTS:startup>)
    set_target_properties(${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
        LINK_DEPENDS "${TLSBENCH_LINKER_SCRIPT};${TLSBENCH_GENERATED}/memory.ld")
    target_compile_options(${name} PRIVATE ${TLSBENCH_OPTIONS})
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} rtos platform drivers_${TLSBENCH_DRIVERS})
    target_link_options(${name} PRIVATE
        -L${TLSBENCH_GENERATED} -T${TLSBENCH_LINKER_SCRIPT}
        -Wl,--gc-sections -Wl,--fatal-warnings -Wl,-Map=${CMAKE_BINARY_DIR}/${name}.map)
endfunction()

# tlsbench_application(NAME SOURCES ... LIBRARIES ...): an executable whose sources see the keys of APP_CONFIG's own.
function(tlsbench_application name)
    tlsbench_executable(${name} ${ARGN})
    add_dependencies(${name} mbed_app_config)
    target_compile_options(${name} PRIVATE "SHELL:-include ${TLSBENCH_CONFIG_DIR}/mbed_app_config.h")
endfunction()
