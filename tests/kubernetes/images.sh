#!/usr/bin/env bash
# Packs built binaries as images for the cluster, localhost/orderflow/<name>:<tag>, in one archive that is kept in the
# cache: the same binaries need no engine the second time. Prints the archive's path.
# Usage: images.sh BIN_DIR TAG      Exit 77: no engine can run here, and the cache has not these images.
set -euo pipefail
bin="$(cd "${1:?usage: images.sh BIN_DIR TAG}" && pwd)" tag="${2:?usage: images.sh BIN_DIR TAG}"
# shellcheck source=tests/containers/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../containers/lib.sh"
# shellcheck source=tests/kubernetes/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster/settings.sh"
cd "$REPO_ROOT"
readonly ARCHIVES="$KUBERNETES_CACHE/images" ARCHIVES_KEPT=4
export ENGINE_ROOT="$KUBERNETES_CACHE/engine" IMAGE_PREFIX=localhost/orderflow IMAGE_TAG="$tag"
WORK="$(mktemp -d)"

cleanup() {
  stop_engine "$WORK/engine"
  rm -rf "$WORK"
}
trap cleanup EXIT

# Of everything that an archive is made of.
key_of_images() {
  { echo "$tag"
    image_names | (cd "$bin" && xargs sha256sum)
    sha256sum deploy/docker/*; } | sha256sum | cut -c1-16
}

build_archive() {  # file
  local release image images=()
  # One daemon at a time has the layers.
  exec 9>"$ENGINE_ROOT.lock"
  flock 9
  release="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
  start_engine helm "$WORK/engine"
  need_base "$release"
  # Staging leaves what is newer than its binary as it is: right for one folder of binaries, and here are two.
  rm -rf build/images/binaries
  BASE_IMAGE="debian:$release-slim" BUILD_NETWORK="${BUILD_NETWORK:-host}" BINARIES="$bin" deploy/docker/build.sh
  for image in $(image_names); do images+=("$IMAGE_PREFIX/$image:$tag"); done
  "$ENGINE" save -o "$1.$$" "${images[@]}"
  mv "$1.$$" "$1"
}

# The oldest go.
prune_archives() {
  # shellcheck disable=SC2012  # names of ours, without surprises
  ls -t "$ARCHIVES"/*.tar | tail -n "+$((ARCHIVES_KEPT + 1))" | xargs -r rm -f
}

mkdir -p "$ARCHIVES"
archive="$ARCHIVES/$tag-$(key_of_images).tar"
if [[ -s "$archive" ]]; then
  touch "$archive"
else
  build_archive "$archive" >&2
  prune_archives
fi
echo "$archive"
