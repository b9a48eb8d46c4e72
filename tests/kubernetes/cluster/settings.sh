# shellcheck shell=bash
# Names, addresses and folders of the cluster. Sourced, never run; everything else is in lib.sh.

# Outside of every checkout: the programs take ten minutes to build, and once is enough for a machine.
KUBERNETES_CACHE="${ORDERFLOW_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/orderflow}/kubernetes"
KUBERNETES_BIN="$KUBERNETES_CACHE/bin"

# One cluster a machine, so that what a killed run has left is found by the next one. Not in /run: images need room.
CLUSTER_STATE=/var/lib/orderflow/kubernetes
CLUSTER_LOCK=/var/lib/orderflow/kubernetes.lock

# A network of its own, joined to the host by one pair of interfaces; it has no way out.
NETWORK=orderflow-k8s
HOST_INTERFACE=orderflow-k8s
HOST_ADDRESS=10.97.0.1
NODE_ADDRESS=10.97.0.2
POD_RANGE=10.244.0.0/24
SERVICE_RANGE=10.96.0.0/16
API_SERVICE_ADDRESS=10.96.0.1
DNS_SERVICE_ADDRESS=10.96.0.10
NODE_NAME=node1

PKI="$CLUSTER_STATE/pki"
KUBECONFIGS="$CLUSTER_STATE/kubeconfigs"
CONFIGURATION="$CLUSTER_STATE/configuration"
CONTAINERD_SOCKET="$CLUSTER_STATE/containerd.sock"
CNI_PLUGINS=/usr/lib/cni
