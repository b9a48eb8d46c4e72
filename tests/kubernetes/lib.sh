# shellcheck shell=bash
# What the steps of the test share. Sourced, never run.

KUBERNETES_TESTS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tests/kubernetes/cluster/lib.sh
source "$KUBERNETES_TESTS/cluster/lib.sh"
RELEASE=orderflow NAMESPACE=orderflow CLIENTS=clients
CHART="$REPO_ROOT/helm/orderflow"
ROLLOUT_TIMEOUT=240s
readonly EXIT_SKIPPED=77
violations=0

skip() {
  say "helm: skipped: $1"
  exit "$EXIT_SKIPPED"
}

violation() {
  say "  VIOLATION: $1"
  violations=$((violations + 1))
}

# step "what" function arguments...: says what holds now, and how long it took.
step() {
  local text="$1" started_ms
  shift
  started_ms="$(now_ms)"
  "$@"
  printf '  %-66s %5.1f s\n' "$text" "$((($(now_ms) - started_ms) / 100))e-1"
}

helm() { "$HELM" --kubeconfig "$KUBECONFIGS/admin" --namespace "$NAMESPACE" "$@"; }

# In the release's namespace.
in_release() { kubectl --namespace "$NAMESPACE" "$@"; }

# Installs or upgrades with the test's values, for images of a tag; more options may follow.
apply_release() {  # install or upgrade, tag, options...
  local verb="$1" tag="$2"
  shift 2
  helm "$verb" "$RELEASE" "$CHART" --values "$KUBERNETES_TESTS/values.yaml" --wait --timeout "$ROLLOUT_TIMEOUT" \
    --set "defaults.image.tag=$tag,helmTest.image.tag=$tag" \
    --set "kafka.bootstrapServers=$KAFKA_BOOTSTRAP_SERVERS" --set-string "postgres.port=$POSTGRES_PORT" "$@" >"$WORK/helm.log" 2>&1
}

# What can be known about a release that did not get ready.
explain_release() {
  tail -n 5 "$WORK/helm.log"
  in_release get pods,jobs -o wide | sed 's/^/    /'
  in_release get events --sort-by=.lastTimestamp 2>/dev/null | grep -v Normal | tail -n 8 | sed 's/^/    /'
  in_release logs --selector "app.kubernetes.io/instance=$RELEASE" --tail 3 --prefix --ignore-errors 2>/dev/null | tail -n 30 | sed 's/^/    /'
}

# await SECONDS COMMAND...: until it succeeds; fails after the time.
await() {
  local deadline_ms=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    (($(now_ms) < deadline_ms)) || return 1
    sleep 0.5
  done
}

sql() {  # database, statement
  psql -X -At -v ON_ERROR_STOP=1 "${POSTGRES_ADMIN_URL%/*}/$1" -c "$2"
}

orders_placed() { sql orders 'SELECT count(*) FROM orders'; }

# Names of the pods of a component that are ready and not about to go.
ready_pods() {  # component
  in_release get pods --selector "app.kubernetes.io/component=$1" -o json | python3 -c '
import json, sys
for pod in json.load(sys.stdin)["items"]:
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
    if ready and "deletionTimestamp" not in pod["metadata"]:
        print(pod["metadata"]["name"])'
}

has_ready_pods() { (($(ready_pods "$1" | wc -l) >= $2)); }  # component, how many
