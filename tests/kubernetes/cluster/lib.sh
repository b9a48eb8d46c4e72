# shellcheck shell=bash
# What the scripts of the cluster share. Sourced, never run. Processes are started, known and ended as those of the
# local stack are: by pid and start time.

CLUSTER_SCRIPTS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=tests/kubernetes/cluster/settings.sh
source "$CLUSTER_SCRIPTS/settings.sh"
ORDERFLOW_STATE_DIR="$CLUSTER_STATE"
# shellcheck source=deploy/local/lib.sh
source "$CLUSTER_SCRIPTS/../../../deploy/local/lib.sh"

# Not `ip netns exec`: it mounts another /sys, which hides the cgroups.
in_network() { nsenter --net="/run/netns/$NETWORK" -- "$@"; }

# A server of the cluster, in its network and in the background.
start_server() {  # name, command...
  local name="$1"
  shift
  start_process "$name" nsenter --net="/run/netns/$NETWORK" -- "$@"
}

# Waits until the command succeeds; fails at once when the server of that name has ended.
await_server() {  # seconds, name, command...
  wait_until "$@" && return 0
  tail -n 15 "$LOG_DIR/$2.log" >&2
  die "$2 did not become ready within $1 s" "Its log: $LOG_DIR/$2.log"
}

# As the cluster's administrator. Works from the host, too.
kubectl() { "$KUBERNETES_BIN/kubectl" --kubeconfig "$KUBECONFIGS/admin" "$@"; }

containers() { ctr -a "$CONTAINERD_SOCKET" -n k8s.io "$@"; }

# Writes the template of that name with the settings filled in; a name that is not set is an error.
configure() {  # file
  local text
  text="$(<"$CLUSTER_SCRIPTS/configuration/$1")"
  while [[ "$text" =~ \{\{([A-Z_]+)\}\} ]]; do
    text="${text//"${BASH_REMATCH[0]}"/${!BASH_REMATCH[1]:?}}"
  done
  printf '%s\n' "$text" >"$CONFIGURATION/$1"
}
