# Warnings of our own code are errors; generated code is exempt (see OrderflowProto.cmake).
add_library(orderflow_warnings INTERFACE)
target_compile_options(orderflow_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>)
