#!/usr/bin/env bash
# Builds the cluster's programs into the cache: Kubernetes and CoreDNS from the Go module proxy, and what is in programs/.
# Does nothing when they are there already, made of these files; from nothing it takes about ten minutes on two
# cores, with Go's own cache (kept beside them) seconds. Usage: build.sh [--check]   (--check: only looks whether they are there)
# Exit 77: the Go that is here is too old for them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=tests/kubernetes/cluster/settings.sh
source settings.sh

export GOMODCACHE="$KUBERNETES_CACHE/modules" GOCACHE="$KUBERNETES_CACHE/build" CGO_ENABLED=0
# Modules that can be deleted like other files; and no look at the checkout, which the programs do not depend on.
export GOFLAGS='-modcacherw -buildvcs=false -trimpath'
readonly LINK_FLAGS='-s -w' GO_VERSION_MIN=1.24

# Knows the sources and the compiler.
stamp_of_sources() {
  { go version
    find programs build.sh pack_image.py -type f | LC_ALL=C sort | xargs sha256sum; } | sha256sum | cut -d' ' -f1
}

is_built() { [[ -s "$KUBERNETES_BIN/stamp" && "$(<"$KUBERNETES_BIN/stamp")" == "$(stamp_of_sources)" ]]; }

# What the servers say that they are: without it v0.0.0, which a chart's kubeVersion refuses.
version_flags() {
  local version major minor package=k8s.io/component-base/version
  version="$(awk '$1 == "k8s.io/kubernetes" {print $2; exit}' programs/go.mod)"
  IFS=. read -r major minor _ <<<"${version#v}"
  echo "-X $package.gitVersion=$version -X $package.gitMajor=$major -X $package.gitMinor=$minor -X $package.gitTreeState=clean"
}

build_kubernetes() {
  local name
  go -C programs build -o "$OUT/kubernetes" -ldflags "$LINK_FLAGS $(version_flags)" ./kubernetes
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl; do
    ln -s kubernetes "$OUT/$name"
  done
}

# The images that the node itself needs, of one program each.
build_images() {
  go -C programs build -o "$OUT/pause" -ldflags "$LINK_FLAGS" ./pause
  go -C programs/coredns build -o "$OUT/coredns" -ldflags "$LINK_FLAGS" .
  ./pack_image.py localhost/pause:1 "$OUT/pause" "$OUT/pause.tar"
  ./pack_image.py localhost/coredns:1 "$OUT/coredns" "$OUT/coredns.tar"
  rm "$OUT/pause" "$OUT/coredns"
}

command -v go >/dev/null || {
  echo "error: go is missing; run: make install-kubernetes" >&2
  exit 1
}
if is_built; then exit 0; fi
if [[ "${1:-}" == --check ]]; then exit 1; fi
go_version="$(go version | sed -n 's/.* go\([0-9.]*\).*/\1/p')"
printf '%s\n%s\n' "$GO_VERSION_MIN" "$go_version" | sort -C -V || {
  echo "helm: skipped: Kubernetes needs Go $GO_VERSION_MIN, which Debian has from 13 on; this is $go_version"
  exit 77
}
mkdir -p "$KUBERNETES_CACHE"
exec 9>"$KUBERNETES_CACHE/lock"
flock 9
if is_built; then exit 0; fi
echo "     building Kubernetes from its sources (about ten minutes the first time)"
OUT="$KUBERNETES_BIN.new"
rm -rf "$OUT"
mkdir -p "$OUT"
build_kubernetes
go -C programs build -o "$OUT/pod_metrics" -ldflags "$LINK_FLAGS" ./pod_metrics
build_images
stamp_of_sources >"$OUT/stamp"
# They appear under their final name only when all of them are there.
rm -rf "$KUBERNETES_BIN"
mv "$OUT" "$KUBERNETES_BIN"
