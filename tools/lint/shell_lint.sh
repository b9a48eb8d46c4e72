#!/usr/bin/env bash
# Runs shellcheck over every shell script: *.sh, and files whose first line names bash or sh.
#
# usage: shell_lint.sh [FILE...]   (no files: all of the checkout)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if ! command -v shellcheck >/dev/null; then
  echo "shell_lint: shellcheck is not installed. Fix: run make install" >&2
  exit 1
fi

list_scripts() {
  git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [[ -f $file ]] || continue
    if [[ $file == *.sh ]]; then
      printf '%s\n' "$file"
    elif [[ $file != *.* || $file == .ci/* ]]; then
      if head -n 1 "$file" | tr -d '\0' | grep -qE '^#!.*\b(ba)?sh\b|^# shellcheck shell='; then
        printf '%s\n' "$file"
      fi
    fi
  done
}

if (($#)); then
  files=("$@")
else
  mapfile -t files < <(list_scripts)
fi
# A sourced file sets variables for others, so that "unused" there says nothing.
sourced=() scripts=()
for file in "${files[@]}"; do
  if [[ $(head -n 1 "$file") == '# shellcheck shell='* ]]; then
    sourced+=("$file")
  else
    scripts+=("$file")
  fi
done

failed=0
options=(--external-sources --source-path=SCRIPTDIR:.)
((${#scripts[@]} == 0)) || shellcheck "${options[@]}" "${scripts[@]}" || failed=1
((${#sourced[@]} == 0)) || shellcheck "${options[@]}" --exclude=SC2034 "${sourced[@]}" || failed=1
if ((failed)); then
  echo "shell_lint: see the wiki page that each message names for how to fix it" >&2
  exit 1
fi
echo "shell_lint: ${#files[@]} script(s), no findings"
