# Turns platforms/<board>/board.toml into CMake variables, board_config.h, interrupt vectors and memory regions.
include(${CMAKE_CURRENT_LIST_DIR}/python.cmake)
set(TLSBENCH_GENERATED ${CMAKE_BINARY_DIR}/board)
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/board.py ${PLATFORMS} ${BOARD} ${TLSBENCH_GENERATED}
    RESULT_VARIABLE status ERROR_VARIABLE message)
if(status)
    message(FATAL_ERROR "${message}")
endif()
# Gives TLSBENCH_PORT (a folder of rtos/kernel, or native), TLSBENCH_CORE_FLAGS, TLSBENCH_DRIVERS, TLSBENCH_ETHERNET,
# TLSBENCH_STACK, TLSBENCH_ENTROPY_SOURCE (whether drivers/entropy_source.h is there), TLSBENCH_LINKER_SCRIPT, and in
# TLSBENCH_BOARD_FILES all that was read for it.
include(${TLSBENCH_GENERATED}/board.cmake)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${TLSBENCH_BOARD_FILES} ${CMAKE_CURRENT_LIST_DIR}/board.py ${CMAKE_CURRENT_LIST_DIR}/board_file.py)
