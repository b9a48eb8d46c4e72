#!/usr/bin/env bash
# Starts etcd, the API server, the controllers and the scheduler. Fit for a test only: etcd does not sync, and speaks
# without encryption on the loopback address of the cluster's own network. Usage: control_plane.sh
set -euo pipefail
# shellcheck source=tests/kubernetes/cluster/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly START_TIMEOUT_S=90 ETCD=http://127.0.0.1:2379 ETCD_PEERS=http://127.0.0.1:2380
BIN="$KUBERNETES_BIN"

start_etcd() {
  start_server etcd etcd --name "$NODE_NAME" --data-dir "$CLUSTER_STATE/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls "$ETCD" --advertise-client-urls "$ETCD" --listen-peer-urls "$ETCD_PEERS" \
    --initial-advertise-peer-urls "$ETCD_PEERS" --initial-cluster "$NODE_NAME=$ETCD_PEERS"
}

start_apiserver() {
  start_server kube-apiserver "$BIN/kube-apiserver" --etcd-servers="$ETCD" \
    --advertise-address="$NODE_ADDRESS" --secure-port=6443 --service-cluster-ip-range="$SERVICE_RANGE" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true --profiling=false \
    --client-ca-file="$PKI/ca.crt" --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" \
    --kubelet-client-certificate="$PKI/apiserver-kubelet.crt" --kubelet-client-key="$PKI/apiserver-kubelet.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$PKI/service-accounts.pub" \
    --service-account-signing-key-file="$PKI/service-accounts.key" \
    --requestheader-client-ca-file="$PKI/front.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --requestheader-group-headers=X-Remote-Group \
    --requestheader-username-headers=X-Remote-User --enable-aggregator-routing=true \
    --proxy-client-cert-file="$PKI/front-client.crt" --proxy-client-key-file="$PKI/front-client.key"
}

# The autoscaler looks more often than it would elsewhere: a test cannot wait for minutes.
start_controllers() {
  local kubeconfig="$KUBECONFIGS/controller-manager"
  start_server kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$kubeconfig" \
    --authentication-kubeconfig="$kubeconfig" --authorization-kubeconfig="$kubeconfig" \
    --bind-address=127.0.0.1 --leader-elect=false --use-service-account-credentials=true \
    --service-account-private-key-file="$PKI/service-accounts.key" --root-ca-file="$PKI/ca.crt" \
    --cluster-signing-cert-file="$PKI/ca.crt" --cluster-signing-key-file="$PKI/ca.key" \
    --requestheader-client-ca-file="$PKI/front.crt" --client-ca-file="$PKI/ca.crt" \
    --horizontal-pod-autoscaler-sync-period=5s --horizontal-pod-autoscaler-initial-readiness-delay=5s \
    --horizontal-pod-autoscaler-cpu-initialization-period=20s
}

start_scheduler() {
  local kubeconfig="$KUBECONFIGS/scheduler"
  start_server kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$kubeconfig" --leader-elect=false \
    --authentication-kubeconfig="$kubeconfig" --authorization-kubeconfig="$kubeconfig" --bind-address=127.0.0.1
}

start_etcd
start_apiserver
await_server "$START_TIMEOUT_S" kube-apiserver kubectl get --raw /readyz
start_controllers
start_scheduler
await_server "$START_TIMEOUT_S" kube-controller-manager kubectl -n default get serviceaccount default
