#!/usr/bin/env bash
# Checks that C++ and proto files are formatted as .clang-format says.
#
# usage: format_check.sh [--fix] [FILE...]   (no files: all of the checkout)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/lint/clang_tool.sh
source tools/lint/clang_tool.sh

mode=(--dry-run --Werror)
if [[ ${1:-} == --fix ]]; then
  mode=(-i)
  shift
fi
clang_format=$(find_clang_tool clang-format) || exit $?

if (($#)); then
  files=("$@")
else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.h' '*.cc' '*.proto')
fi
if ((${#files[@]} == 0)); then
  echo "format_check: no files"
  exit 0
fi
if ! printf '%s\0' "${files[@]}" |
  xargs -0 -P 2 -n 40 "$clang_format" --style=file "${mode[@]}"; then
  echo "format_check: not formatted. Fix: tools/lint/format_check.sh --fix" >&2
  exit 1
fi
echo "format_check: ${#files[@]} file(s), formatted"
