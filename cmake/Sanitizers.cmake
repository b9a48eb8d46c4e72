set(ORDERFLOW_SANITIZER "" CACHE STRING "Sanitizers to build with, for example address,undefined")
if(ORDERFLOW_SANITIZER)
  add_compile_options(-fsanitize=${ORDERFLOW_SANITIZER} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${ORDERFLOW_SANITIZER})
endif()

# Everything is instrumented for coverage; the fuzz targets alone link libFuzzer's main (tests/fuzz).
option(ORDERFLOW_FUZZ "Build the fuzz targets, with clang" OFF)
if(ORDERFLOW_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
