#!/usr/bin/env bash
# Makes the cluster's keys, certificates and kubeconfigs, in about a second. Usage: certificates.sh
set -euo pipefail
# shellcheck source=tests/kubernetes/cluster/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly VALID_DAYS=30

new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2>/dev/null; }

authority() {  # file, common name
  new_key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days "$VALID_DAYS" -out "$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,digitalSignature
}

certificate() {  # file, subject, authority, names that it stands for
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days "$VALID_DAYS" -out "$1.crt" -extfile <(
      echo 'keyUsage=critical,digitalSignature'
      echo 'extendedKeyUsage=serverAuth,clientAuth'
      [[ -z "${4:-}" ]] || echo "subjectAltName=$4"
    ) 2>/dev/null
}

mkdir -p "$PKI" "$KUBECONFIGS" "$CONFIGURATION"
umask 077
cd "$PKI"
authority ca kubernetes
authority front front-proxy
names=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
certificate apiserver /CN=kube-apiserver ca "$names,IP:$API_SERVICE_ADDRESS,IP:$NODE_ADDRESS,IP:127.0.0.1"
certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client ca
certificate front-client /CN=front-proxy-client front
certificate kubelet "/O=system:nodes/CN=system:node:$NODE_NAME" ca "DNS:$NODE_NAME,IP:$NODE_ADDRESS,IP:127.0.0.1"
certificate admin /O=system:masters/CN=admin ca
certificate controller-manager /CN=system:kube-controller-manager ca
certificate scheduler /CN=system:kube-scheduler ca
certificate proxy /CN=system:kube-proxy ca
openssl genrsa -out service-accounts.key 2048 2>/dev/null
openssl rsa -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
for WHO in admin controller-manager scheduler proxy kubelet; do
  configure kubeconfig.yaml
  mv "$CONFIGURATION/kubeconfig.yaml" "$KUBECONFIGS/$WHO"
done
