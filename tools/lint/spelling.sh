#!/usr/bin/env bash
# Finds common misspellings with codespell. Words that are right here: spelling_allowed.txt. The bytes that a
# fuzzer has made up, and checksums, are nobody's words.
#
# usage: spelling.sh [FILE...]   (no files: all of the checkout)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! command -v codespell >/dev/null; then
  echo "spelling: codespell is not installed. Fix: run make install" >&2
  exit 1
fi
if (($#)); then
  files=("$@")
else
  mapfile -t files < <(git ls-files --cached --others --exclude-standard | grep -vE \
    '\.(svg|png|lock)$|package-lock\.json$|(^|/)go\.sum$|^tools/lint/tests/|^tests/fuzz/corpus/')
fi
if ! printf '%s\0' "${files[@]}" |
  xargs -0 codespell --ignore-words=tools/lint/spelling_allowed.txt; then
  echo "spelling: correct the words above, or add one to tools/lint/spelling_allowed.txt" >&2
  exit 1
fi
echo "spelling: ${#files[@]} file(s), no findings"
