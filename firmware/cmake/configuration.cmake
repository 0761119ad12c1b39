# Merges the libraries' mbed_lib.json with the board's [config] and the application's mbed_app.json: see app_config.py.
# Gives a variable and, in mbed_config.h, a macro MBED_CONF_<LIBRARY>_<KEY> per key. Wants BOARD, PLATFORMS and board.cmake.
set(APP_CONFIG "" CACHE FILEPATH "the application's mbed_app.json; empty: every library as its mbed_lib.json and the board say")
set(APP_OVERRIDES ${CMAKE_BINARY_DIR}/app_overrides.json CACHE FILEPATH
    "values of the application's own keys that are laid over those of APP_CONFIG; read by each build")
include(${CMAKE_CURRENT_LIST_DIR}/python.cmake)
get_filename_component(firmware ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(TLSBENCH_CONFIG_DIR ${CMAKE_BINARY_DIR}/config)
set(app_config ${CMAKE_CURRENT_LIST_DIR}/app_config.py)
file(GLOB_RECURSE TLSBENCH_CONFIG_FILES CONFIGURE_DEPENDS ${firmware}/mbed_lib.json)
list(APPEND TLSBENCH_CONFIG_FILES ${APP_CONFIG} ${TLSBENCH_BOARD_FILES} ${app_config})
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${TLSBENCH_CONFIG_FILES})
set(arguments ${firmware} ${BOARD} ${PLATFORMS} ${TLSBENCH_CONFIG_DIR})
execute_process(
    COMMAND ${Python3_EXECUTABLE} ${app_config} libraries ${arguments} "${APP_CONFIG}" ""
    RESULT_VARIABLE status ERROR_VARIABLE message)
if(status)
    message(FATAL_ERROR "${message}")
endif()
include(${TLSBENCH_CONFIG_DIR}/mbed_config.cmake)
# Where the network does TLS there is no Mbed TLS in the image.
if(MBED_CONF_NSAPI_OFFLOAD_TLSSOCKET)
    if(NOT TLSBENCH_STACK STREQUAL offload)
        message(FATAL_ERROR "nsapi.offload-tlssocket: the network stack of ${BOARD}, ${TLSBENCH_STACK}, does no TLS; offload does")
    endif()
    set(MBED_CONF_TLS_SOCKET_ENABLE 0)
endif()

# The application's own keys: a header by itself, so that another value compiles the application's sources and no others.
if(NOT EXISTS ${APP_OVERRIDES})
    file(WRITE ${APP_OVERRIDES} "{}\n")
endif()
add_custom_command(
    OUTPUT ${TLSBENCH_CONFIG_DIR}/mbed_app_config.h
    COMMAND ${Python3_EXECUTABLE} ${app_config} application ${arguments} "${APP_CONFIG}" ${APP_OVERRIDES}
    DEPENDS ${TLSBENCH_CONFIG_FILES} ${APP_OVERRIDES}
    COMMENT "Merging the application's configuration"
    VERBATIM)
add_custom_target(mbed_app_config DEPENDS ${TLSBENCH_CONFIG_DIR}/mbed_app_config.h)

# For each of our own sources.
set(TLSBENCH_OPTIONS -Wall -Wextra -Werror "SHELL:-include ${TLSBENCH_CONFIG_DIR}/mbed_config.h")
include_directories(${TLSBENCH_CONFIG_DIR})
