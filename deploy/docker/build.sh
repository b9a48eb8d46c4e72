#!/usr/bin/env bash
# Builds the images with the engine that is there. Usage: build.sh [IMAGE...]   (without: all of images.txt)
# From the environment:
#   BINARIES=DIR      takes the binaries from there instead of compiling inside the build: quick, and right
#                     where this machine runs the same release of Debian as the base image
#   BASE_IMAGE        debian:bookworm-slim
#   IMAGE_PREFIX      orderflow: the images are called <prefix>/order-service:<tag>; a registry goes in front
#   IMAGE_TAG         <version>-<commit>, with -dirty when the checkout differs from it; `local` is set, too
#   APT_MIRROR        Debian mirror to install from during the build; empty: the base image's own
#   BUILD_NETWORK     network of the build's steps, for example host; empty: the engine's default
#   CONTAINER_ENGINE  docker or podman
# Prints one line per image: name, size, and how much of it lies on top of the base image.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=deploy/docker/engine.sh
source deploy/docker/engine.sh
# shellcheck source=deploy/docker/images.sh
source deploy/docker/images.sh

: "${BASE_IMAGE:=debian:bookworm-slim}" "${IMAGE_PREFIX:=orderflow}"
readonly STAGED=build/images/binaries

version="$(sed -n 's/^project(orderflow VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)"
sha="$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)"
epoch="$(git log -1 --format=%ct 2>/dev/null || echo 0)"
dirty="$([[ -z "$(git status --porcelain 2>/dev/null)" ]] || echo -dirty)"
: "${IMAGE_TAG:=$version-$sha$dirty}"

# What the build is given; the commit's time stands for the time of the build. What the layers with packages
# depend on does not change with the commit: they are kept.
arguments=(
  --build-arg "BASE_IMAGE=$BASE_IMAGE"
  --build-arg "VERSION=$version"
  --build-arg "GIT_SHA=$sha"
  --build-arg "CREATED=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)"
  --build-arg "APT_MIRROR=${APT_MIRROR:-}"
)
[[ -z "${BUILD_NETWORK:-}" ]] || arguments+=(--network "$BUILD_NETWORK")

mib() { awk -v bytes="$1" 'BEGIN {printf "%.1f", bytes / 1048576}'; }

build() {  # image
  local name="$IMAGE_PREFIX/$1" log="build/images/$1.log" size base
  DOCKER_BUILDKIT=1 "$ENGINE" build -f deploy/docker/Dockerfile --target "$1" "${arguments[@]}" \
    --tag "$name:$IMAGE_TAG" --tag "$name:local" . >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    echo "error: the image $name could not be built; all of the output: $log" >&2
    return 1
  }
  size="$("$ENGINE" image inspect --format '{{.Size}}' "$name:$IMAGE_TAG")"
  base="$("$ENGINE" image inspect --format '{{.Size}}' "$BASE_IMAGE" 2>/dev/null || echo 0)"
  printf '%-46s %6s MiB, %5s MiB of it on top of %s\n' "$name:$IMAGE_TAG" "$(mib "$size")" \
    "$(mib $((size - base)))" "$BASE_IMAGE"
}

find_engine || {
  echo "error: no image can be built: $ENGINE_PROBLEM" >&2
  exit 1
}
mkdir -p "$STAGED"
if [[ -n "${BINARIES:-}" ]]; then
  deploy/docker/stage_binaries.sh "$BINARIES" "$STAGED"
  arguments+=(--build-arg BINARIES=prebuilt)
fi
if (($# > 0)); then images=("$@"); else mapfile -t images < <(image_names); fi
for image in "${images[@]}"; do build "$image"; done
