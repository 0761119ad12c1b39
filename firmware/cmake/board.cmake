# Turns platforms/<board>/board.toml into CMake variables, board_config.h, interrupt vectors and memory regions.
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
set(TLSBENCH_BOARD_DIR ${PLATFORMS}/${BOARD})
set(TLSBENCH_GENERATED ${CMAKE_BINARY_DIR}/board)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${TLSBENCH_BOARD_DIR}/board.toml ${CMAKE_CURRENT_LIST_DIR}/board.py)
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/board.py ${PLATFORMS} ${BOARD} ${TLSBENCH_GENERATED}
    RESULT_VARIABLE status ERROR_VARIABLE message)
if(status)
    message(FATAL_ERROR "${message}")
endif()
# Gives TLSBENCH_PORT (a folder of rtos/kernel, or native), TLSBENCH_CORE_FLAGS, TLSBENCH_DRIVERS, TLSBENCH_ETHERNET,
# TLSBENCH_STACK, TLSBENCH_ENTROPY_SOURCE (whether drivers/entropy_source.h is there), TLSBENCH_LINKER_SCRIPT.
include(${TLSBENCH_GENERATED}/board.cmake)
