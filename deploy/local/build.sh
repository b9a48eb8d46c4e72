#!/usr/bin/env bash
# Configures and builds one preset, showing progress while it works.
# Usage: build.sh PRESET [ninja targets...]
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly PROGRESS_EVERY_PERCENT=10
preset="${1:?usage: build.sh PRESET [targets...]}"
shift
cd "$REPO_ROOT"
require_tool cmake "the build"
require_tool ninja "the build"
# The cache knows files by their path from the root: another checkout or build folder finds them too.
export CCACHE_BASEDIR="$REPO_ROOT" CCACHE_NOHASHDIR=1
log="$LOG_DIR/build-$preset.log"

configure() {
  cmake --preset "$preset" >"$log" 2>&1 || {
    tail -n 30 "$log" >&2
    die "cmake could not configure the preset '$preset'" "See $log"
  }
}

# Where output is not a terminal, one line for every tenth of the work instead of one per file.
show_progress() {
  local line percent next="$PROGRESS_EVERY_PERCENT"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$log"
    if [[ "$line" =~ ^\[\ *([0-9]+)/([0-9]+)\] ]]; then
      percent=$((BASH_REMATCH[1] * 100 / BASH_REMATCH[2]))
      if ((percent >= next && percent < 100)); then
        printf '     built %s%% (%s of %s)\n' "$percent" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
        next=$((percent - percent % PROGRESS_EVERY_PERCENT + PROGRESS_EVERY_PERCENT))
      fi
    elif [[ "$line" == FAILED:* || "$line" == *error:* || "$line" == *'undefined reference'* ]]; then
      printf '%s\n' "$line"
    fi
  done
}

[[ -f "build/$preset/build.ninja" ]] || configure
if [[ -t 1 ]]; then
  ninja -C "build/$preset" "$@"
else
  ninja -C "build/$preset" "$@" 2>&1 | show_progress ||
    die "the build failed" "All of its output: $log"
fi
