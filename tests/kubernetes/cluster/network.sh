#!/usr/bin/env bash
# The network of the cluster: a namespace, and a pair of interfaces that joins it to the host. It has no default
# route, so that nothing inside reaches further than this machine. Usage: network.sh up | down
set -euo pipefail
# shellcheck source=tests/kubernetes/cluster/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

up() {
  ip netns add "$NETWORK"
  in_network ip link set lo up
  ip link add "$HOST_INTERFACE" type veth peer name eth0 netns "$NETWORK"
  ip addr add "$HOST_ADDRESS/30" dev "$HOST_INTERFACE"
  ip link set "$HOST_INTERFACE" up
  in_network ip addr add "$NODE_ADDRESS/30" dev eth0
  in_network ip link set eth0 up
  # What the node itself sends to a service needs some route before it is rewritten.
  in_network ip route add "$SERVICE_RANGE" via "$HOST_ADDRESS"
  in_network sysctl -qw net.ipv4.ip_forward=1
  # Pods that talk to each other pass the rules of the services, too.
  modprobe br_netfilter 2>/dev/null || true
  in_network sysctl -qw net.bridge.bridge-nf-call-iptables=1
}

# Those of the pods are mounted below CLUSTER_STATE, and go with all that is.
down() {
  ip link del "$HOST_INTERFACE" 2>/dev/null || true
  ip netns del "$NETWORK" 2>/dev/null || true
}

case "${1:-}" in
  up) up ;;
  down) down ;;
  *) die "usage: network.sh up|down" ;;
esac
