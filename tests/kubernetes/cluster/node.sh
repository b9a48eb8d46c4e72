#!/usr/bin/env bash
# Starts the only node: containerd, kubelet and kube-proxy, then DNS as pods and the metrics API. Usage: node.sh
set -euo pipefail
# shellcheck source=tests/kubernetes/cluster/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly START_TIMEOUT_S=90

# The kubelet sets these for the whole machine; stop.sh sets them back.
readonly CHANGED_SETTINGS=(vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops
  kernel.keys.root_maxkeys kernel.keys.root_maxbytes)

note_kernel_settings() {
  local setting
  mkdir -p "$CLUSTER_STATE/sysctl"
  for setting in "${CHANGED_SETTINGS[@]}"; do sysctl -n "$setting" >"$CLUSTER_STATE/sysctl/$setting"; done
}

write_configuration() {
  local file
  mkdir -p "$CONFIGURATION/cni" "$CONFIGURATION/registry/_default" "$CLUSTER_STATE/pods"
  for file in containerd.toml kubelet.yaml kube-proxy.yaml resolv.conf cni/10-bridge.conflist \
    registry/_default/hosts.toml; do
    configure "$file"
  done
}

note_kernel_settings
write_configuration
start_server containerd containerd --config "$CONFIGURATION/containerd.toml" --log-level warn
await_server "$START_TIMEOUT_S" containerd containers version
for image in pause coredns; do containers images import "$KUBERNETES_BIN/$image.tar" >/dev/null; done
start_server kubelet "$KUBERNETES_BIN/kubelet" --config="$CONFIGURATION/kubelet.yaml" \
  --kubeconfig="$KUBECONFIGS/kubelet" --root-dir="$CLUSTER_STATE/kubelet" --hostname-override="$NODE_NAME" \
  --node-ip="$NODE_ADDRESS"
start_server kube-proxy "$KUBERNETES_BIN/kube-proxy" --config="$CONFIGURATION/kube-proxy.yaml"
start_server pod_metrics "$KUBERNETES_BIN/pod_metrics" --api "https://$NODE_ADDRESS:6443" \
  --listen "$NODE_ADDRESS:4443" --pki "$PKI" --node "$NODE_NAME"
await_server "$START_TIMEOUT_S" kubelet kubectl wait --for=condition=Ready "node/$NODE_NAME" --timeout=1s
kubectl apply -f "$CLUSTER_SCRIPTS/manifests" >/dev/null
await_server "$START_TIMEOUT_S" kubelet kubectl -n kube-system rollout status deployment/coredns --timeout=1s
await_server "$START_TIMEOUT_S" pod_metrics kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes
