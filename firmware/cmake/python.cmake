# The interpreter of the build's generators. Looking for it takes a second, and more than one part of the build wants it.
include_guard(GLOBAL)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
