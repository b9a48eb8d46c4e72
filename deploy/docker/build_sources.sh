#!/usr/bin/env bash
# The steps of the Dockerfile's stage `compiled`. Usage:
#   build_sources.sh tools MIRROR     installs the compiler and the libraries; a mirror that is given replaces
#                                     the sources of the base image (this stage is thrown away)
#   build_sources.sh binaries GIT_SHA compiles with the cache in /ccache and lays out /binaries
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

install_tools() {  # mirror
  if [[ -n "$1" ]]; then
    # shellcheck source=/dev/null
    source /etc/os-release
    rm -rf /etc/apt/sources.list.d
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $1 $VERSION_CODENAME main" \
      >/etc/apt/sources.list
  fi
  tools/install/install.sh --section Build --section Libraries
}

compile() {  # commit
  local targets
  export CCACHE_DIR=/ccache CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=2G
  # Not there yet where the tools are installed.
  # shellcheck source=deploy/docker/images.sh
  source deploy/docker/images.sh
  mapfile -t targets < <(image_names)
  cmake --preset release -DORDERFLOW_GIT_SHA="$1"
  ninja -C build/release "${targets[@]}"
  ccache --show-stats
  deploy/docker/stage_binaries.sh build/release/bin /binaries
}

case "${1:-}" in
  tools) install_tools "${2:-}" ;;
  binaries) compile "${2:-}" ;;
  *) echo "usage: build_sources.sh tools MIRROR | binaries GIT_SHA" >&2 && exit 2 ;;
esac
