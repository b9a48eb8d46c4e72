# shellcheck shell=bash
# Finds a container engine that can build our images. Sourced, never run.

# A client of Docker 23 or newer leaves BuildKit to its plug-in; an older one brings it.
docker_builds() {  # client
  local major
  "$1" version --format '{{.Server.Version}}' >/dev/null 2>&1 || return 1
  major="$("$1" version --format '{{.Client.Version}}' 2>/dev/null | cut -d. -f1)"
  ((major < 23)) || "$1" buildx version >/dev/null 2>&1
}

# Sets ENGINE, or returns 1 with the reason in ENGINE_PROBLEM. CONTAINER_ENGINE=podman chooses.
find_engine() {
  local candidate
  ENGINE='' ENGINE_PROBLEM='there is neither docker nor podman (make install-engine installs an engine)'
  for candidate in ${CONTAINER_ENGINE:-docker /usr/bin/docker podman}; do
    command -v "$candidate" >/dev/null || continue
    if [[ "$(basename "$candidate")" == podman ]]; then
      if "$candidate" info >/dev/null 2>&1; then ENGINE="$candidate" && return 0; fi
      ENGINE_PROBLEM='podman is installed, but "podman info" fails'
    elif docker_builds "$candidate"; then
      ENGINE="$candidate" && return 0
    else
      ENGINE_PROBLEM="$candidate has no daemon that answers, or neither BuildKit nor the buildx plug-in"
    fi
  done
  return 1
}
