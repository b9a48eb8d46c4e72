# orderflow_migrations(NAME inventory_migrations COMPONENT inventory FILES migrations/0001_x.sql ...)
# Embeds numbered SQL files in the binary: library orderflow::<name> with the generated header
# "migrations/<name>.h" that declares
#   namespace orderflow::migrations { const postgres::MigrationSet& InventoryMigrations(); }
#
# With ORDERFLOW_NEXT_SCHEMA (preset `next`) each component that has a file in tests/kubernetes/next_schema gets it as one
# more migration: a release after this one, for the test of an upgrade.
option(ORDERFLOW_NEXT_SCHEMA "Embed tests/kubernetes/next_schema: for tests of upgrades, never to be released" OFF)

function(orderflow_migrations)
  cmake_parse_arguments(ARG "" "NAME;COMPONENT" "FILES" ${ARGN})
  set(out "${CMAKE_BINARY_DIR}/generated/migrations")
  file(MAKE_DIRECTORY "${out}")
  set(function_name "")
  string(REPLACE "_" ";" words "${ARG_NAME}")
  foreach(word ${words})
    string(SUBSTRING "${word}" 0 1 first)
    string(SUBSTRING "${word}" 1 -1 rest)
    string(TOUPPER "${first}" first)
    string(APPEND function_name "${first}${rest}")
  endforeach()
  set(entries "")
  foreach(file ${ARG_FILES})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    file(READ "${CMAKE_CURRENT_SOURCE_DIR}/${file}" sql)
    get_filename_component(stem "${file}" NAME_WE)
    string(REGEX MATCH "^0*([0-9]+)_" unused "${stem}")
    string(APPEND entries "      {${CMAKE_MATCH_1}, \"${stem}\", R\"orderflow_sql(${sql})orderflow_sql\"},\n")
  endforeach()
  set(next "${PROJECT_SOURCE_DIR}/tests/kubernetes/next_schema/${ARG_COMPONENT}.sql")
  if(ORDERFLOW_NEXT_SCHEMA AND EXISTS "${next}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${next}")
    file(READ "${next}" sql)
    list(LENGTH ARG_FILES version)
    math(EXPR version "${version} + 1")
    string(APPEND entries "      {${version}, \"next_schema\", R\"orderflow_sql(${sql})orderflow_sql\"},\n")
  endif()
  file(CONFIGURE OUTPUT "${out}/${ARG_NAME}.h" @ONLY CONTENT [[
#pragma once

#include "libs/postgres/migrations.h"

namespace orderflow::migrations {
const postgres::MigrationSet& @function_name@();
}  // namespace orderflow::migrations
]])
  file(CONFIGURE OUTPUT "${out}/${ARG_NAME}.cc" @ONLY CONTENT [[
#include "migrations/@ARG_NAME@.h"

namespace orderflow::migrations {
const postgres::MigrationSet& @function_name@() {
  static const postgres::MigrationSet set{
      "@ARG_COMPONENT@",
      {
@entries@      }};
  return set;
}
}  // namespace orderflow::migrations
]])
  add_library(orderflow_${ARG_NAME} STATIC "${out}/${ARG_NAME}.cc")
  target_include_directories(orderflow_${ARG_NAME} SYSTEM PUBLIC "${CMAKE_BINARY_DIR}/generated")
  target_link_libraries(orderflow_${ARG_NAME} PUBLIC orderflow::postgres)
  add_library(orderflow::${ARG_NAME} ALIAS orderflow_${ARG_NAME})
endfunction()
