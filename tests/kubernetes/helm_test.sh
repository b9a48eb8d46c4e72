#!/usr/bin/env bash
# Proves the chart on a real cluster: a Kubernetes of its own (cluster/), PostgreSQL and Kafka outside of it, images of
# the given binaries, a namespace that enforces PodSecurity `restricted`.
# Usage: helm_test.sh BIN_DIR NEXT_BIN_DIR | helm_test.sh --short BIN_DIR
#   NEXT_BIN_DIR  binaries of preset `next`, which need one more migration
#   --short       install, helm test, checker, uninstall; only where everything that takes minutes is in the cache
# Last line: helm: objects=<n> installed=<yes|no> upgraded=<yes|no> pods_running=<n> orders=<n> failed=<n>
# Exit 77: a cluster cannot run here; the line says why.
set -uo pipefail
short=no
if [[ "${1:-}" == --short ]]; then short=yes && shift; fi
BIN_DIR="$(cd "${1:?usage: helm_test.sh [--short] BIN_DIR [NEXT_BIN_DIR]}" && pwd)" NEXT_BIN_DIR="${2:-}"
# shellcheck source=tests/kubernetes/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster/settings.sh"
mkdir -p "${CLUSTER_STATE%/*}"
exec 8>"$CLUSTER_LOCK"
flock 8
# shellcheck source=tests/kubernetes/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
for part in requirements clients steps/install steps/upgrade steps/disruptions steps/uninstall; do
  # shellcheck source=/dev/null
  source "$KUBERNETES_TESTS/$part.sh"
done
WORK="$(mktemp -d)"
BACKENDS="$CLUSTER_STATE/backends"
objects=0 installed=no upgraded=no pods_running=0 orders=0 failed=0

# Also what a run that was killed has left.
stop_everything() {
  "$KUBERNETES_TESTS/backends.sh" down "$BACKENDS" >/dev/null 2>&1
  "$KUBERNETES_TESTS/cluster/stop.sh"
}

# A network whose name could be that of a pod, and is nobody's business here.
stop_cluster() {
  ip netns add "$FOREIGN_NETWORK"
  stop_everything
  ip netns del "$FOREIGN_NETWORK" 2>/dev/null || violation "the cluster took a network away that is not its own"
}
readonly FOREIGN_NETWORK="cni-somebody-elses-$$"

cleanup() {
  stop_everything
  rm -rf "$WORK"
}

# Archives of the images, of one build or two; made before the cluster, since both want the processors.
make_images() {
  archives="$("$KUBERNETES_TESTS/images.sh" "$BIN_DIR" this)" || stop_without_images $?
  [[ "$short" == yes ]] || archives+=" $("$KUBERNETES_TESTS/images.sh" "$NEXT_BIN_DIR" next)" || stop_without_images $?
}
stop_without_images() {  # exit code
  (($1 == EXIT_SKIPPED)) && skip "no engine can make the images here"
  die "the images could not be made"
}

start_everything() {
  local archive
  "$KUBERNETES_TESTS/cluster/start.sh"
  "$KUBERNETES_TESTS/backends.sh" up "$BACKENDS"
  # shellcheck source=/dev/null
  source "$BACKENDS/backends.env"
  ORDERFLOW_STATE_DIR="$CLUSTER_STATE"
  for archive in $archives; do containers images import "$archive" >/dev/null; done
}

upgrade_and_roll_back() {
  start_load upgrade 15 "$UPGRADE_LOAD_SECONDS"
  step 'upgraded to another schema under load' upgrade_under_load
  step 'rolled back, on the new schema' roll_back
  [[ "$(client_phase upgrade)" == Running ]] || violation "the load ended before the rollback did"
  step 'the load has ended, every order confirmed' finish_load upgrade 300
}

trap cleanup EXIT
stop_everything
require_machine
make_images
step 'cluster, PostgreSQL, Kafka and images are there' start_everything
step 'namespaces refuse what is not restricted' make_namespaces
step 'installed' install_release
step 'helm test' run_helm_test
step 'the checker as a Job' run_checker
step 'every object belongs to somebody' check_ownership
if [[ "$short" == no && "$installed" == yes ]]; then
  seed_stock
  upgrade_and_roll_back
  step 'pods killed under load' kill_pods
  step 'scaled up by the autoscaler under load' scale_up
  step 'the load has ended, every order confirmed' finish_load scaling 180
  step 'evicted within the budget' evict_pods saga-orchestrator
fi
pods_running="$(in_release get pods --selector "app.kubernetes.io/instance=$RELEASE" --field-selector status.phase=Running --no-headers | wc -l)"
step 'the checker' check_books
orders="$(orders_placed)"
step 'uninstalled, and nothing is left' uninstall_release
step 'the cluster has stopped, and nothing else' stop_cluster
say "helm: objects=$objects installed=$installed upgraded=$upgraded pods_running=$pods_running orders=$orders failed=$failed"
((violations == 0 && failed == 0))
