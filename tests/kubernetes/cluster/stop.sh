#!/usr/bin/env bash
# Ends what start.sh has started, each process by its pid, and leaves nothing: no pod, mount, network, cgroup, link to a
# log or changed setting of the kernel. Usage: stop.sh
set -uo pipefail
# shellcheck source=tests/kubernetes/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/settings.sh"
[[ -d "$CLUSTER_STATE" ]] || exit 0
# shellcheck source=tests/kubernetes/cluster/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The kubelet is gone by now, or it would start them again.
end_pods() {
  local id
  running_pid containerd >/dev/null || return 0
  for id in $(containers tasks ls -q); do
    containers tasks kill -s KILL "$id" 2>/dev/null
    containers tasks rm -f "$id" >/dev/null 2>&1
  done
  for id in $(containers containers ls -q); do containers containers rm "$id" >/dev/null 2>&1; done
}

# They outlive containerd; ours are those with our socket.
end_shims() {
  local pid
  for pid in $(ps -eo pid,args | awk -v socket="$CONTAINERD_SOCKET" '/containerd-shim-runc-v2/ && index($0, socket) {print $1}'); do
    kill -KILL "$pid" 2>/dev/null
  done
}

unmount_all() {
  awk -v state="$CLUSTER_STATE/" 'index($5, state) == 1 {print $5}' /proc/self/mountinfo | tac |
    while read -r folder; do umount -l "$folder"; done
}

# The kubelet links to the logs of pods from there, wherever these are.
remove_log_links() {
  local link
  for link in /var/log/containers/*.log; do
    if [[ "$(readlink "$link")" == "$CLUSTER_STATE"/* ]]; then rm -f "$link"; fi
  done
  rmdir /var/log/containers 2>/dev/null
}

remove_cgroups() {
  local folder
  for folder in /sys/fs/cgroup/*/kubepods /sys/fs/cgroup/kubepods; do
    [[ -d "$folder" ]] && find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null
  done
}

restore_kernel_settings() {
  local file
  for file in "$CLUSTER_STATE"/sysctl/*; do
    [[ -f "$file" ]] && sysctl -qw "${file##*/}=$(<"$file")"
  done
}

for name in pod_metrics kubelet kube-proxy; do stop_process "$name" 10; done
end_pods
for name in containerd kube-scheduler kube-controller-manager kube-apiserver etcd; do stop_process "$name" 10; done
end_shims
unmount_all
"$CLUSTER_SCRIPTS/network.sh" down
remove_log_links
remove_cgroups
restore_kernel_settings
rm -rf "$CLUSTER_STATE"
