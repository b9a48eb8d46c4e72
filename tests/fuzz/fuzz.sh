#!/usr/bin/env bash
# Builds the fuzz targets and lets each run from its corpus.
# Usage: fuzz.sh SECONDS [TARGET...]      seconds for each target; without targets: all
# A finding is left in build/fuzz/findings/TARGET-*, and its path printed: run the target on that file.
# Last line: fuzz: targets=<n> executions=<n> findings=<n>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds="${1:?usage: fuzz.sh SECONDS [TARGET...]}"
shift
readonly BUILD=build/fuzz CORPUS=tests/fuzz/corpus
readonly INPUT_BYTES_MAX=4096 MEMORY_MB_MAX=2048

deploy/local/build.sh fuzz fuzz_targets
if (($# == 0)); then
  mapfile -t targets < <(find "$BUILD/fuzz" -maxdepth 1 -type f -perm -u+x -printf '%f\n' | sort)
else
  targets=("$@")
fi
if ((${#targets[@]} == 0)); then
  echo "error: there are no fuzz targets in $BUILD/fuzz" >&2
  exit 1
fi
mkdir -p "$BUILD/findings" "$BUILD/logs"

run() {  # target
  mkdir -p "$BUILD/corpus/$1"
  "$BUILD/fuzz/$1" "$BUILD/corpus/$1" "$CORPUS/$1" -max_total_time="$seconds" -timeout=10 \
    -max_len="$INPUT_BYTES_MAX" -rss_limit_mb="$MEMORY_MB_MAX" -print_final_stats=1 \
    -artifact_prefix="$BUILD/findings/$1-" >"$BUILD/logs/$1.log" 2>&1
}

findings=0
executions=0
# As many at a time as there are processors.
for ((first = 0; first < ${#targets[@]}; first += $(nproc))); do
  batch=("${targets[@]:first:$(nproc)}")
  pids=()
  for target in "${batch[@]}"; do
    run "$target" &
    pids+=($!)
  done
  for i in "${!batch[@]}"; do
    status=0
    wait "${pids[$i]}" || status=$?
    log="$BUILD/logs/${batch[$i]}.log"
    count="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    executions=$((executions + ${count:-0}))
    if ((status == 0)); then
      printf '%-18s %10s executions, no finding\n' "${batch[$i]}" "${count:-0}"
    else
      findings=$((findings + 1))
      printf '%-18s FINDING\n' "${batch[$i]}"
      grep -E 'ERROR|SUMMARY|Test unit written|deadly signal' "$log" | sed 's/^/    /' || tail -n 5 "$log"
    fi
  done
done
echo "fuzz: targets=${#targets[@]} executions=$executions findings=$findings"
((findings == 0))
