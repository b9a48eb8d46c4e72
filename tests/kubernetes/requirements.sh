# shellcheck shell=bash
# What a machine must have for the test, looked at before anything is started. Sourced by helm_test.sh.

require_command() {  # command, what brings it
  command -v "$1" >/dev/null || skip "$1 is missing; run: $2"
}

# Namespaces, cgroups, an overlay file system: containers of many kinds have not all of them.
require_kernel() {
  local folder="$CLUSTER_STATE/overlay" probe="$NETWORK-probe"
  ((EUID == 0)) || skip "only root can start a node"
  [[ -w /sys/fs/cgroup ]] || skip "this machine does not let us make cgroups"
  ip netns add "$probe" 2>/dev/null || skip "this machine does not let us make a network"
  ip netns del "$probe"
  modprobe br_netfilter 2>/dev/null
  [[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]] || skip "the kernel has no br_netfilter"
  mkdir -p "$folder"/{lower,upper,work,merged}
  mount -t overlay overlay -o "lowerdir=$folder/lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/merged" 2>/dev/null ||
    skip "there is no overlay file system on $CLUSTER_STATE"
  umount "$folder/merged"
}

require_machine() {
  local command tools
  require_kernel
  for command in etcd containerd runc openssl sysctl go; do require_command "$command" 'make install-kubernetes'; done
  require_command iptables 'make install-engine'
  for command in psql kcat java node curl ip nsenter; do require_command "$command" 'make install'; done
  "$KUBERNETES_TESTS/cluster/build.sh" --check ||
    skip "Kubernetes has not been built on this machine; \`make helm-test\` does it, in about ten minutes"
  tools="$("$REPO_ROOT/tools/install/helm.sh")" || skip "helm cannot be had; the reason is above"
  HELM="$tools/bin/helm"
  [[ -x "$CNI_PLUGINS/bridge" ]] || skip "$CNI_PLUGINS has no plug-ins; run: make install-kubernetes"
}
