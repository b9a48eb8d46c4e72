#!/usr/bin/env bash
# Builds the images and proves what deploy/docker/README.md promises about each: it starts with a read-only
# root, without capabilities and as its own account; it becomes ready (health over the admin port); it stops
# on SIGTERM within its time as process 1; it writes nothing into the container; it has no set-uid file, no
# compiler, and a list of its packages. Against a PostgreSQL and a Kafka of its own on this machine.
# Usage: images_test.sh [BIN_DIR]   (the binaries to pack; without: compiled inside the image build)
# BUILD_IMAGES=no looks at the images with the tag IMAGE_TAG (local) that are there.
# Last line: images: built=<n> started=<n> read_only=<n> violations=<n>. Exit 77: no engine can run here.
set -euo pipefail
# shellcheck source=tests/containers/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly STOP_SECONDS_MAX=30 READY_SECONDS_MAX=180
WORK="$(mktemp -d)"
ADMIN_PORT=0 GRPC_PORT=0 built=0 started=0 read_only=0 violations=0
cd "$REPO_ROOT"

cleanup() {
  local name
  for name in $(image_names); do "$ENGINE" rm -f "images-test-$$-$name" >/dev/null 2>&1 || true; done
  deploy/local/test_backends.sh down "$WORK/backends" >/dev/null 2>&1 || true
  stop_engine "$WORK/engine"
  rm -rf "$WORK"
}
trap cleanup EXIT

image() { echo "$IMAGE_PREFIX/$1:$IMAGE_TAG"; }

violation() {
  say "  VIOLATION $1: $2"
  violations=$((violations + 1))
}

confined=(--read-only --cap-drop=ALL --security-opt=no-new-privileges --network host --pids-limit 256 --memory 256m)

# Sets DATABASE, ROLE and OWNER of a service.
describe() {
  local name
  while read -r name _ DATABASE ROLE OWNER; do
    if [[ "$name" == "$1" ]]; then return 0; fi
  done <deploy/local/processes.txt
}

make_databases() {
  local database owner runtime
  while read -r database owner runtime; do
    [[ -z "$database" || "$database" == \#* ]] && continue
    psql -X -q -v ON_ERROR_STOP=1 -v database="$database" -v owner="$owner" -v runtime="$runtime" \
      -v owner_password=images -v runtime_password=images -v verify="${database}_verify" -v verify_password=images \
      -f deploy/local/postgres/databases.sql "$POSTGRES_ADMIN_URL" </dev/null >"$WORK/databases.log" 2>&1
  done <deploy/local/databases.txt
}

# Options that give a container the settings of a service, on ports of its own.
settings_of() {  # service
  describe "$1"
  SETTINGS=(-e "ORDERFLOW_DATABASE_URL=postgresql://$ROLE:images@127.0.0.1:$POSTGRES_PORT/$DATABASE"
    -e "ORDERFLOW_GRPC_LISTEN=127.0.0.1:$GRPC_PORT" -e "ORDERFLOW_ADMIN_LISTEN=127.0.0.1:$ADMIN_PORT"
    -e ORDERFLOW_INSECURE_NO_AUTHENTICATION=true)
  if [[ "$1" != payment-provider-simulator ]]; then
    SETTINGS+=(-e "ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS=$KAFKA_BOOTSTRAP_SERVERS")
  fi
  case "$1" in
    payment-service) SETTINGS+=(-e ORDERFLOW_PAYMENT_WEBHOOK_LISTEN=127.0.0.1:0) ;;
    notification-service) SETTINGS+=(-e ORDERFLOW_SMTP_URL=smtp://127.0.0.1:1) ;;
  esac
}

migrate() {  # service
  settings_of "$1"
  [[ "$OWNER" == - ]] && return 0
  "$ENGINE" run --rm "${confined[@]}" "${SETTINGS[@]}" \
    -e "ORDERFLOW_DATABASE_OWNER_URL=postgresql://$OWNER:images@127.0.0.1:$POSTGRES_PORT/$DATABASE" \
    "$(image "$1")" --migrate >"$WORK/migrate.log" 2>&1 || {
    violation "$1" "--migrate failed: $(tail -n 1 "$WORK/migrate.log")"
  }
}

# What the image itself is, without running it.
check_contents() {  # image
  local name="images-test-$$-$1" files
  "$ENGINE" create --name "$name" "$(image "$1")" >/dev/null
  "$ENGINE" export "$name" | tar -tv >"$WORK/files"
  "$ENGINE" rm "$name" >/dev/null
  files="$(awk '$1 ~ /^-..[sS]|^-.....[sS]/ {print $NF}' "$WORK/files")"
  [[ -z "$files" ]] || violation "$1" "set-uid or set-gid files: $files"
  files="$(awk '$NF ~ /^usr\/bin\/(gcc|g\+\+|cc|ld|make|cmake|ccache|git)$/ {print $NF}' "$WORK/files")"
  [[ -z "$files" ]] || violation "$1" "build tools: $files"
  grep -q ' usr/share/orderflow/packages$' "$WORK/files" || violation "$1" "no list of its packages"
  [[ "$("$ENGINE" image inspect --format '{{.Config.User}}' "$(image "$1")")" =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] ||
    violation "$1" "its account is not a number other than root's"
  for files in title description version revision created base.name; do
    [[ -n "$("$ENGINE" image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$files\"}}" "$(image "$1")")" ]] ||
      violation "$1" "the label $files is missing"
  done
  "$ENGINE" run --rm "${confined[@]}" "$(image "$1")" --version >"$WORK/version" 2>&1 || true
  grep -qE "^$1 [0-9.]+ \([0-9a-f]{12}\)$" "$WORK/version" ||
    violation "$1" "--version says: $(head -n 1 "$WORK/version")"
}

wait_ready() {  # service: as the engine's own health check does it
  local deadline_ms=$(($(now_ms) + READY_SECONDS_MAX * 1000))
  until "$ENGINE" exec "images-test-$$-$1" "/usr/bin/$1" --check-ready >"$WORK/ready" 2>&1; do
    (($(now_ms) < deadline_ms)) || return 1
    [[ "$("$ENGINE" inspect --format '{{.State.Running}}' "images-test-$$-$1")" == true ]] || return 1
  done
}

check_running() {  # service
  local name="images-test-$$-$1" started_ms ready_ms stop_ms changed account
  read -r GRPC_PORT ADMIN_PORT <<<"$(free_ports 2)"
  settings_of "$1"
  started_ms="$(now_ms)"
  "$ENGINE" run -d --name "$name" "${confined[@]}" "${SETTINGS[@]}" "$(image "$1")" >/dev/null
  if ! wait_ready "$1"; then
    violation "$1" "not ready: $(tail -n 1 "$WORK/ready"); $("$ENGINE" logs "$name" 2>&1 | tail -n 2)"
    return 0
  fi
  ready_ms=$(($(now_ms) - started_ms))
  started=$((started + 1)) read_only=$((read_only + 1))
  account="$("$ENGINE" top "$name" -eo pid,uid,gid | awk 'NR == 2 {print $2 ":" $3}')"
  [[ "$account" == 10001:10001 ]] || violation "$1" "runs as $account"
  curl -fsS --max-time 5 "http://127.0.0.1:$ADMIN_PORT/metrics" >"$WORK/metrics" || violation "$1" "no metrics"
  changed="$("$ENGINE" diff "$name")"
  [[ -z "$changed" ]] || violation "$1" "it wrote: $changed"
  started_ms="$(now_ms)"
  "$ENGINE" stop -t 60 "$name" >/dev/null
  stop_ms=$(($(now_ms) - started_ms))
  ((stop_ms < STOP_SECONDS_MAX * 1000)) || violation "$1" "took $stop_ms ms to stop"
  [[ "$("$ENGINE" inspect --format '{{.State.ExitCode}}' "$name")" == 0 ]] ||
    violation "$1" "SIGTERM ended it with $("$ENGINE" inspect --format '{{.State.ExitCode}}' "$name")"
  "$ENGINE" rm "$name" >/dev/null
  printf '  %-27s ready after %5d ms, stopped after %5d ms\n' "$1" "$ready_ms" "$stop_ms"
}

start_engine images "$WORK/engine"
command -v psql >/dev/null || skip images "psql is missing; run: make install"
# shellcheck source=deploy/local/ports.sh
source deploy/local/ports.sh
say "engine: $ENGINE $("$ENGINE" version --format '{{.Server.Version}}' 2>/dev/null || true)"
export IMAGE_PREFIX=orderflow IMAGE_TAG="${IMAGE_TAG:-local}" BUILD_NETWORK="${BUILD_NETWORK:-host}" BINARIES="${1:-}"
# Binaries of this machine go into an image of the same release.
BASE_RELEASE="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
export BASE_IMAGE="debian:$BASE_RELEASE-slim"
if [[ "${BUILD_IMAGES:-yes}" == yes ]]; then
  need_base "$BASE_RELEASE"
  deploy/docker/build.sh
fi
built="$(image_names | wc -l)"
for name in $(image_names); do check_contents "$name"; done
deploy/local/test_backends.sh up "$WORK/backends"
# shellcheck source=/dev/null
source "$WORK/backends/backends.env"
make_databases
for name in $(image_names_of service); do migrate "$name"; done
settings_of order-service
"$ENGINE" run --rm "${confined[@]}" "${SETTINGS[@]}" "$(image order-service)" --create-topics >"$WORK/topics.log" 2>&1 ||
  violation order-service "--create-topics failed: $(tail -n 1 "$WORK/topics.log")"
for name in $(image_names_of service); do check_running "$name"; done
say "images: built=$built started=$started read_only=$read_only violations=$violations"
[[ "$violations" == 0 && "$started" == "$(image_names_of service | wc -l)" ]]
