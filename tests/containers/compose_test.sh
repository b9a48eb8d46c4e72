#!/usr/bin/env bash
# Proves deploy/compose for real: everything comes up from compose.yaml as it stands, the smoke job passes, mixed
# orders end as they should while a service is restarted, the checker finds nothing, and `down` leaves nothing.
# The public images are stood in for (lib.sh) unless somebody pulled them.
# Usage: compose_test.sh [BIN_DIR]   (the binaries to pack; without: compiled inside the image build)
# From the environment: ORDERS=200, COMPOSE="docker-compose" or "docker compose".
# Last line: compose: orders=<n> confirmed=<n> ... violations=<n>. Exit 77: no engine can run here.
set -euo pipefail
# shellcheck source=tests/containers/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
: "${ORDERS:=200}" "${COMPOSE:=docker-compose}"
readonly UP_SECONDS_MAX=600 RESTARTED=payment-service
WORK="$(mktemp -d)"
PROJECT="orderflow-test-$$" violations=0 is_up=no
cd "$REPO_ROOT"

# shellcheck disable=SC2086  # COMPOSE may be two words
compose() { $COMPOSE -f deploy/compose/compose.yaml "$@"; }

cleanup() {
  if [[ "$is_up" == yes ]]; then compose down -v -t 5 >/dev/null 2>&1 || true; fi
  stop_engine "$WORK/engine"
  rm -rf "$WORK"
}
trap cleanup EXIT

violation() {
  say "  VIOLATION: $1"
  violations=$((violations + 1))
}

orderctl() { compose run --rm -T orderctl "$@"; }

container_of() { compose ps -q "$1" | head -n 1; }

bring_up() {
  local started_ms
  started_ms="$(now_ms)"
  is_up=yes
  # shellcheck disable=SC2086  # COMPOSE may be two words
  timeout "$UP_SECONDS_MAX" $COMPOSE -f deploy/compose/compose.yaml up -d --no-build >"$WORK/up.log" 2>&1 || {
    tail -n 15 "$WORK/up.log"
    violation "up failed"
  }
  smoke="$("$ENGINE" ps -aq --filter "label=com.docker.compose.project=$PROJECT" \
    --filter "label=com.docker.compose.service=smoke" | head -n 1)"
  if [[ -z "$smoke" ]]; then
    violation "the smoke job was not started; unhealthy: $("$ENGINE" ps -a --filter health=unhealthy --format '{{.Names}}' | tr '\n' ' ')"
    return 1
  fi
  [[ "$(timeout 120 "$ENGINE" wait "$smoke")" == 0 ]] || violation "the smoke job failed"
  "$ENGINE" logs "$smoke" 2>&1 | sed 's/^/  /'
  say "  up, and the smoke job at its end, after $((($(now_ms) - started_ms) / 1000)) s"
}

# Orders, and in the middle of them a service that goes away and comes back.
place_orders() {
  local client
  orderctl demo --orders "$ORDERS" --concurrency 16 --within 180 --json >"$WORK/demo.json" 2>"$WORK/demo.log" &
  client=$!
  compose restart -t 40 "$RESTARTED" >"$WORK/restart.log" 2>&1 || violation "restart of $RESTARTED failed"
  wait "$client" || violation "the orders did not all end as they should: $(tail -n 3 "$WORK/demo.log")"
  figures="$(python3 - "$WORK/demo.json" <<'END'
import json, sys
summary = json.load(open(sys.argv[1]))
print(" ".join(f"{name}={summary[name]}" for name in ("confirmed", "rejected", "cancelled")))
END
  )" || figures='confirmed=0'
}

check_books() {
  orderctl verify --quiesced --within 60 --pending-mail-ok >"$WORK/verify.log" 2>&1 ||
    violation "the checker found something: $(tail -n 5 "$WORK/verify.log")"
  tail -n 1 "$WORK/verify.log" | sed 's/^/  /'
}

# What runs is confined, and nothing listens but on the loopback address.
check_confinement() {
  local id name ports
  for id in $("$ENGINE" ps -q --filter "label=com.docker.compose.project=$PROJECT"); do
    name="$("$ENGINE" inspect --format '{{index .Config.Labels "com.docker.compose.service"}}' "$id")"
    [[ "$("$ENGINE" inspect --format '{{.HostConfig.CapDrop}} {{.HostConfig.Memory}}' "$id")" =~ ^\[ALL\]\ [1-9] ]] ||
      violation "$name has capabilities or no memory limit"
    [[ "$name" == kafka || "$("$ENGINE" inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$id")" == true ]] ||
      violation "$name can write its root"
    [[ "$("$ENGINE" top "$id" -eo pid,uid | awk 'NR == 2 {print $2}')" =~ ^[1-9] ]] || violation "$name runs as root"
    [[ "$("$ENGINE" inspect --format '{{.RestartCount}} {{.State.OOMKilled}}' "$id")" == '0 false' ]] ||
      violation "$name was restarted or ran out of memory"
    ports="$("$ENGINE" inspect --format '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}} {{end}}{{end}}' "$id")"
    [[ -z "${ports//127.0.0.1 /}" ]] || violation "$name is published on $ports"
  done
}

bring_down() {
  local left
  compose down -v -t 60 >"$WORK/down.log" 2>&1 || violation "down failed: $(tail -n 2 "$WORK/down.log")"
  is_up=no
  left="$("$ENGINE" ps -aq --filter "label=com.docker.compose.project=$PROJECT")"
  left+="$("$ENGINE" volume ls -q --filter "label=com.docker.compose.project=$PROJECT")"
  left+="$("$ENGINE" network ls -q --filter "label=com.docker.compose.project=$PROJECT")"
  [[ -z "$left" ]] || violation "down left: $left"
}

start_engine compose "$WORK/engine"
# shellcheck disable=SC2086  # COMPOSE may be two words
$COMPOSE version --short >"$WORK/version" 2>/dev/null || skip compose "$COMPOSE does not run; make install-engine"
say "engine: $ENGINE $("$ENGINE" version --format '{{.Server.Version}}'), compose $(head -n 1 "$WORK/version")"
# shellcheck source=deploy/compose/.env
source deploy/compose/.env
# shellcheck source=deploy/local/ports.sh
source deploy/local/ports.sh
read -r ORDER_GRPC_PORT MAIL_WEB_PORT <<<"$(free_ports 2)"
export ORDER_GRPC_PORT MAIL_WEB_PORT COMPOSE_PROJECT_NAME="$PROJECT"
for kind in postgres kafka mail; do
  image="${kind^^}_IMAGE"
  need_stand_in "$kind" "${!image}"
done
if [[ "${BUILD_IMAGES:-yes}" == yes ]]; then
  # Binaries of this machine go into an image of the same release.
  release="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
  need_base "$release"
  BASE_IMAGE="debian:$release-slim" IMAGE_PREFIX="$IMAGE_PREFIX" BUILD_NETWORK="${BUILD_NETWORK:-host}" BINARIES="${1:-}" IMAGE_TAG=local deploy/docker/build.sh
fi
figures='confirmed=0'
if bring_up; then
  place_orders
  check_books
  check_confinement
fi
if ((violations > 0)); then compose logs --tail 15 >"$REPO_ROOT/build/images/compose-test.log" 2>&1 || true; fi
bring_down
say "compose: orders=$ORDERS $figures restarted=1 violations=$violations"
((violations == 0))
