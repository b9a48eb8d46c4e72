# shellcheck shell=bash
# What the tests of images and compose files share: an engine, and stand-ins for public images. Sourced, never run.
# The engine that runs already is used; otherwise dockerd is started with all of its state in WORK_DIR, and
# ended by its pid. Stand-ins are kept in the cache folder, so that the next run starts quickly.

REPO_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
CONTAINER_TESTS="$REPO_ROOT/tests/containers"
# shellcheck source=deploy/local/settings.env
source "$REPO_ROOT/deploy/local/settings.env"
# shellcheck source=deploy/docker/engine.sh
source "$REPO_ROOT/deploy/docker/engine.sh"
# shellcheck source=deploy/docker/images.sh
source "$REPO_ROOT/deploy/docker/images.sh"
STAND_IN_CACHE="$ORDERFLOW_CACHE_DIR/containers"
readonly ENGINE_START_TIMEOUT_S=60 EXIT_SKIPPED=77
DOCKERD_PID='' DOCKERD_FORWARDING=''

say() { printf '%s\n' "$*"; }

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

skip() {  # test, reason
  say "$1: skipped: $2"
  exit "$EXIT_SKIPPED"
}

# Where this machine installs Debian packages from; empty where it does not say.
machine_mirror() {
  { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '$1 == "deb" {for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) print $i}'
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '$1 == "URIs:" {print $2}'; } | grep -m 1 '/debian/*$'
}

# The daemon would change the policy of forwarded packets for everybody; not when forwarding is on already.
# ENGINE_ROOT: where its images and the layers of earlier builds are kept; without it they go with the folder.
start_engine() {  # test, folder
  local waited
  if find_engine; then return 0; fi
  ((EUID == 0)) || skip "$1" "$ENGINE_PROBLEM, and only root can start one"
  command -v dockerd >/dev/null || skip "$1" "$ENGINE_PROBLEM; run: make install-engine"
  # Somebody's daemon that cannot build for us: its rules would go with those of ours.
  ! iptables -t nat -nL DOCKER >/dev/null 2>&1 || skip "$1" "$ENGINE_PROBLEM, and another daemon uses the chain DOCKER"
  DOCKERD_FORWARDING="$(</proc/sys/net/ipv4/ip_forward)"
  echo 1 >/proc/sys/net/ipv4/ip_forward || skip "$1" "this machine does not let us forward packets"
  mkdir -p "$2"
  export DOCKER_HOST="unix://$2/socket"
  setsid dockerd --data-root "${ENGINE_ROOT:-$2/root}" --exec-root "$2/exec" --pidfile "$2/pid" --host "$DOCKER_HOST" \
    --bridge none >"$2/dockerd.log" 2>&1 &
  DOCKERD_PID=$!
  for ((waited = 0; waited < ENGINE_START_TIMEOUT_S * 5; waited++)); do
    if find_engine; then return 0; fi
    kill -0 "$DOCKERD_PID" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 5 "$2/dockerd.log"
  stop_engine "$2"
  skip "$1" "dockerd does not start here; its log is above"
}

# Ends what start_engine started, and takes its firewall rules away.
stop_engine() {  # folder
  local chain
  [[ -n "$DOCKERD_PID" ]] || return 0
  kill "$DOCKERD_PID" 2>/dev/null || true
  wait "$DOCKERD_PID" 2>/dev/null || true
  for chain in DOCKER-USER DOCKER-ISOLATION-STAGE-1; do iptables -D FORWARD -j "$chain" 2>/dev/null || true; done
  for chain in PREROUTING OUTPUT; do
    iptables -t nat -S "$chain" | sed -n 's/^-A \(.* -j DOCKER\)$/\1/p' | while read -r rule; do
      # shellcheck disable=SC2086  # words are arguments
      iptables -t nat -D $rule
    done
  done
  for chain in DOCKER DOCKER-USER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2; do
    iptables -F "$chain" 2>/dev/null || true
  done
  for chain in DOCKER DOCKER-USER DOCKER-ISOLATION-STAGE-1 DOCKER-ISOLATION-STAGE-2; do
    iptables -X "$chain" 2>/dev/null || true
  done
  iptables -t nat -F DOCKER 2>/dev/null && iptables -t nat -X DOCKER
  [[ -z "$DOCKERD_FORWARDING" ]] || echo "$DOCKERD_FORWARDING" >/proc/sys/net/ipv4/ip_forward
  DOCKERD_PID=''
  # Containers of the host's network leave its namespace mounted.
  findmnt -rno TARGET | awk -v folder="$1/" 'index($0, folder) == 1' | sort -r | xargs -r -n 1 umount
  rm -rf "$1"
}

has_image() { "$ENGINE" image inspect "$1" >/dev/null 2>&1; }

# Loads the image from the cache, or has the command make it and keeps it there under a key of its inputs.
cached_image() {  # image, key, command...
  local image="$1" file
  file="$STAND_IN_CACHE/$(tr '/:' '--' <<<"$1")-$2.tar"
  shift 2
  if has_image "$image"; then return 0; fi
  mkdir -p "$STAND_IN_CACHE"
  if [[ -s "$file" ]]; then
    "$ENGINE" load -q -i "$file" >/dev/null
    return 0
  fi
  "$@"
  "$ENGINE" save -o "$file.$$" "$image"
  mv "$file.$$" "$file"
}

# debian:<release>-slim by debootstrap, without the documentation that the public image has not either.
make_base() {  # release
  local root mirror
  root="$(mktemp -d)"
  mirror="$(machine_mirror)"
  say "     making debian:$1-slim by debootstrap (once)"
  debootstrap --variant=minbase "$1" "$root" ${mirror:+"$mirror"} >"$STAND_IN_CACHE/debootstrap-$1.log" 2>&1 || {
    tail -n 5 "$STAND_IN_CACHE/debootstrap-$1.log" >&2
    rm -rf "$root"
    return 1
  }
  rm -rf "$root"/usr/share/{doc,man,locale,info,lintian}/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* \
    "$root"/var/log/*
  tar --one-file-system -C "$root" -c . | "$ENGINE" import - "debian:$1-slim" >/dev/null
  rm -rf "$root"
}

need_base() { cached_image "debian:$1-slim" base make_base "$1"; }

build_stand_in() {  # image, folder, base
  say "     making a stand-in for $1 (once)"
  DOCKER_BUILDKIT=1 "$ENGINE" build --network host --build-arg "BASE_IMAGE=$3" --tag "$1" "$2" \
    >"$STAND_IN_CACHE/$(basename "$2").log" 2>&1 || {
    tail -n 15 "$STAND_IN_CACHE/$(basename "$2").log" >&2
    return 1
  }
}

folder_key() { find "$1" -type f -exec sha256sum {} + | LC_ALL=C sort | sha256sum | cut -c1-12; }

make_postgres() { need_base trixie && build_stand_in "$1" "$CONTAINER_TESTS/stand_ins/postgres" debian:trixie-slim; }

# The jars, and in make_mail the modules, are those of the native stack; links cost nothing.
make_kafka() {
  local context
  need_base bookworm
  "$REPO_ROOT/deploy/local/kafka.sh" fetch
  context="$(mktemp -d)/kafka"
  cp -r "$CONTAINER_TESTS/stand_ins/kafka" "$context"
  cp "$REPO_ROOT/deploy/local/kafka/log4j2.properties" "$context/"
  cp -r "$ORDERFLOW_CACHE_DIR/kafka-$KAFKA_VERSION" "$context/libs"
  build_stand_in "$1" "$context" debian:bookworm-slim
  rm -rf "$(dirname "$context")"
}

make_mail() {
  local context modules
  need_base bookworm
  "$REPO_ROOT/deploy/local/mail.sh" fetch
  modules="$ORDERFLOW_CACHE_DIR/mail-$(sha256sum "$REPO_ROOT/deploy/local/mail/package-lock.json" | cut -c1-12)"
  context="$(mktemp -d)/mail"
  cp -r "$CONTAINER_TESTS/stand_ins/mail" "$context"
  cp -r "$modules/node_modules" "$context/"
  build_stand_in "$1" "$context" debian:bookworm-slim
  rm -rf "$(dirname "$context")"
}

# Makes sure that an image of the name is there: the public one where somebody pulled it, else our stand-in.
need_stand_in() {  # kind, image
  cached_image "$2" "$(folder_key "$CONTAINER_TESTS/stand_ins/$1")" "make_$1" "$2"
}
