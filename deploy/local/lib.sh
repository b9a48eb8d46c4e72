# shellcheck shell=bash
# shellcheck disable=SC2034  # some variables are for the scripts that source this
# What every script of the local stack shares: settings, messages, steps, ports and processes.
# Sourced, never run. A process counts as ours only when its pid AND its start time match the pid
# file, so a pid that the kernel gave to somebody else is never signalled.

umask 022
REPO_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
LOCAL_STACK_DIR="$REPO_ROOT/deploy/local"
# shellcheck source=deploy/local/settings.env
source "$LOCAL_STACK_DIR/settings.env"
# shellcheck source=deploy/local/ports.sh
source "$LOCAL_STACK_DIR/ports.sh"

say() { printf '%s\n' "$*"; }

# processes.txt without its comments; its columns are named there.
processes() { awk '!/^#/ && NF' "$LOCAL_STACK_DIR/processes.txt"; }
process_names() { processes | awk '{print $1}'; }

die() {
  printf '%serror:%s %s\n' "${RED:-}" "${RESET:-}" "$1" >&2
  shift
  local hint
  for hint in "$@"; do printf '       %s\n' "$hint" >&2; done
  exit 1
}

mkdir -p "$ORDERFLOW_STATE_DIR"
[[ -w "$ORDERFLOW_STATE_DIR" ]] ||
  die "$ORDERFLOW_STATE_DIR cannot be written by $(id -un)." \
    "Was it made by another account, perhaps with sudo? Use that one, or set ORDERFLOW_STATE_DIR."
ORDERFLOW_STATE_DIR="$(cd "$ORDERFLOW_STATE_DIR" && pwd)"
LOG_DIR="$ORDERFLOW_STATE_DIR/logs"
PID_DIR="$ORDERFLOW_STATE_DIR/pids"
mkdir -p "$LOG_DIR" "$PID_DIR"

# What SECURE was when this folder was new: its databases, its broker and its clients only fit together.
SECURE_FILE="$ORDERFLOW_STATE_DIR/secure"
if [[ -s "$SECURE_FILE" ]]; then
  remembered_secure="$(<"$SECURE_FILE")"
  [[ "${SECURE:-$remembered_secure}" == "$remembered_secure" ]] ||
    die "$ORDERFLOW_STATE_DIR was made with SECURE=$remembered_secure, and cannot be used with SECURE=$SECURE." \
      "Leave SECURE out (the folder remembers it), delete the data (make reset), or use another folder: ORDERFLOW_STATE_DIR."
  SECURE="$remembered_secure"
elif [[ -d "$ORDERFLOW_STATE_DIR/certificates" ]]; then
  : "${SECURE:=1}"  # made before folders remembered
fi
: "${SECURE:=0}"
remember_secure() { echo "$SECURE" >"$SECURE_FILE"; }

LOG_KEEP_BYTES=$((50 * 1024 * 1024))  # a longer log is put aside when its process starts

# For PostgreSQL: glibc keeps freed memory instead of returning it; a fresh page costs more than a query.
MALLOC_ENVIRONMENT=(MALLOC_MMAP_THRESHOLD_=268435456 MALLOC_TRIM_THRESHOLD_=1073741824
  MALLOC_TOP_PAD_=16777216)

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  GREEN=$'\e[32m' RED=$'\e[31m' DIM=$'\e[2m' BOLD=$'\e[1m' RESET=$'\e[0m'
else
  GREEN='' RED='' DIM='' BOLD='' RESET=''
fi

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

# step_begin "text" ... step_done: one line a step, with how long it took.
step_begin() {
  STEP_TEXT="$1"
  STEP_STARTED_MS="$(now_ms)"
  if [[ -t 1 ]]; then printf '%s  .. %s%s' "$DIM" "$STEP_TEXT" "$RESET"; fi
}

step_done() {
  local elapsed_ms=$(($(now_ms) - STEP_STARTED_MS))
  if [[ -t 1 ]]; then printf '\r\e[K'; fi
  printf '%s  ok%s %-52s %s%4d.%d s%s\n' "$GREEN" "$RESET" "$STEP_TEXT" "$DIM" \
    $((elapsed_ms / 1000)) $((elapsed_ms % 1000 / 100)) "$RESET"
}

require_tool() {  # tool, what needs it
  command -v "$1" >/dev/null || die "$1 is missing; $2 needs it." "Run: make install"
}

# The kernel's start time of a process, in ticks since boot; empty when it does not exist.
process_start_time() {
  local stat
  stat="$(cat "/proc/$1/stat" 2>/dev/null)" || return 0
  stat="${stat##*) }"
  # shellcheck disable=SC2086  # fields are to be split
  set -- $stat
  if [[ "$1" != Z ]]; then echo "${20}"; fi
}

record_process() {  # name, pid
  echo "$2 $(process_start_time "$2")" >"$PID_DIR/$1"
}

# Prints the pid of what we started under this name, while it runs.
running_pid() {
  local pid='' started=''
  [[ -f "$PID_DIR/$1" ]] && read -r pid started <"$PID_DIR/$1" || return 1
  [[ -n "$pid" && -n "$started" && "$(process_start_time "$pid")" == "$started" ]] || return 1
  echo "$pid"
}

# Becomes a command that has no descriptor of ours but the first three: a server that keeps a lock or
# a pipe of ours open would make others wait for it for ever. Call in a subshell.
exec_detached() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  exec bash -c 'for fd in /proc/self/fd/*; do
      fd="${fd##*/}"
      if ((fd > 2)); then eval "exec $fd>&-"; fi
    done
    exec "$@"' exec_detached "$@"
}

# Runs a server program of PostgreSQL, which refuses to be root: as the account that owns the data, from
# a folder that it may enter.
as_server() {
  if ((EUID == 0)); then
    (cd / && exec_detached runuser -u postgres -- "$@")
  else
    (cd / && exec_detached "$@")
  fi
}

# start_process name command...: runs it in the background, detached from this terminal, its output
# in logs/<name>.log, and records its pid. The caller waits for readiness.
start_process() {
  local name="$1" pid_file="$PID_DIR/$1"
  shift
  rm -f "$pid_file"
  if [[ "$(stat -c %s "$LOG_DIR/$name.log" 2>/dev/null || echo 0)" -gt "$LOG_KEEP_BYTES" ]]; then
    mv "$LOG_DIR/$name.log" "$LOG_DIR/$name.log.1"
  fi
  # The inner shell records its own pid and then becomes the process.
  # shellcheck disable=SC2016  # expanded by the inner shell
  (exec_detached setsid bash -c 'echo $$ >"$0.new"; exec "$@"' "$pid_file" "$@") \
    </dev/null >>"$LOG_DIR/$name.log" 2>&1 &
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    if [[ -s "$pid_file.new" ]]; then
      record_process "$name" "$(<"$pid_file.new")"
      rm -f "$pid_file.new"
      return 0
    fi
    sleep 0.02
  done
  die "$name could not be started" "See $LOG_DIR/$name.log"
}

# wait_until seconds name command...: waits until the process of that name runs and the command
# succeeds. Fails at once when the process is not there, and after the given time.
wait_until() {
  local deadline_ms=$(($(now_ms) + $1 * 1000)) name="$2"
  shift 2
  while running_pid "$name" >/dev/null; do
    if "$@" >/dev/null 2>&1; then return 0; fi
    if (($(now_ms) > deadline_ms)); then return 1; fi
    sleep 0.1
  done
  return 1
}

# stop_process name [seconds]: SIGTERM, waits, then SIGKILL. Succeeds when nothing runs.
stop_process() {
  local name="$1" pid deadline_ms
  if pid="$(running_pid "$name")"; then
    deadline_ms=$(($(now_ms) + ${2:-20} * 1000))
    kill -TERM "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true
    while running_pid "$name" >/dev/null; do
      if (($(now_ms) > deadline_ms)); then
        say "     $name did not stop within ${2:-20} s; killed"
        kill -KILL "$pid" 2>/dev/null || true
        deadline_ms=$(($(now_ms) + 10000))
      fi
      sleep 0.05
    done
  fi
  rm -f "$PID_DIR/$name"
}

# kill_process name: SIGKILL, for trying what a crash does; returns when it is gone.
kill_process() {
  local pid
  if pid="$(running_pid "$1")"; then
    kill -KILL "$pid"
    while running_pid "$1" >/dev/null; do sleep 0.02; done
  fi
}

# The name and pid of what listens on a port; empty when it is not for us to see.
port_holder() {
  ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*users:((\("[^"]*",pid=[0-9]*\).*/\1/p' | head -n 1
}

# A port without a visible holder may belong to a process that is just dying (kill -9): that passes.
readonly DYING_HOLDER_WAIT_MS=3000

require_free_port() {  # port, what wants it, the setting that moves it
  local deadline_ms holder=''
  require_tool ss "the check for busy ports"
  deadline_ms=$(($(now_ms) + DYING_HOLDER_WAIT_MS))
  while port_is_busy "$1"; do
    holder="$(port_holder "$1")"
    if [[ -n "$holder" ]] || (($(now_ms) > deadline_ms)); then
      die "port $1, wanted by $2, is in use by ${holder:-a process of another user}." \
        "Stop that process, or choose another port: $3=<port> (or move all: ORDERFLOW_PORT_SHIFT=1000)." \
        "All ports are set in deploy/local/settings.env."
    fi
    sleep 0.1
  done
}

# 24 random bytes in base64, made once for this state folder and readable by this account only.
secret_of() {
  local secret_file="$ORDERFLOW_STATE_DIR/secrets/$1"
  if [[ ! -s "$secret_file" ]]; then
    (umask 077 && mkdir -p "${secret_file%/*}" && head -c 24 /dev/urandom | base64 >"$secret_file.$$" &&
      mv -n "$secret_file.$$" "$secret_file" && rm -f "$secret_file.$$")
  fi
  cat "$secret_file"
}

# Local passwords: derived from one random secret of this state folder, another for every role.
role_password() { printf '%s:%s' "$(secret_of database)" "$1" | sha256sum | cut -c1-32; }

# What the provider signs its webhooks with.
webhook_secret() { echo "whsec_$(secret_of webhook)"; }

CERTIFICATES_DIR="$ORDERFLOW_STATE_DIR/certificates"
TOKENS_DIR="$ORDERFLOW_STATE_DIR/tokens"
TOKEN_ISSUER=https://orderflow.local
TOKEN_AUDIENCE=orderflow
OPERATOR=operator  # who orderctl is

is_secure() { [[ "$SECURE" == 1 ]]; }

database_url() {
  local tls=''
  if is_secure; then tls="?sslmode=verify-full&sslrootcert=$CERTIFICATES_DIR/authority.pem"; fi
  echo "postgresql://$1:$(role_password "$1")@$BACKENDS_ADDRESS:$POSTGRES_PORT/$2$tls"
}

# SCRAM, unless librdkafka (kcat's is the one of our processes) repeats its nonce, which brokers refuse since
# Kafka 4.0: before 2.6.1 a password is sent as it is, inside TLS.
kafka_sasl_mechanism() {
  local version
  if [[ -n "$KAFKA_SASL_MECHANISM" ]]; then
    echo "$KAFKA_SASL_MECHANISM"
    return 0
  fi
  version="$(kcat -V | sed -n 's/.*librdkafka \([0-9.]*\).*/\1/p')"
  if printf '2.6.1\n%s\n' "$version" | sort -C -V; then echo SCRAM-SHA-512; else echo PLAIN; fi
}

# What a process shows its peers over gRPC, one NAME=VALUE a line; nothing when all is plaintext.
tls_environment() {  # name of the certificate
  if ! is_secure; then return 0; fi
  echo "ORDERFLOW_TLS_CERTIFICATE_FILE=$CERTIFICATES_DIR/$1.pem"
  echo "ORDERFLOW_TLS_PRIVATE_KEY_FILE=$CERTIFICATES_DIR/$1.key"
  echo "ORDERFLOW_TLS_AUTHORITIES_FILE=$CERTIFICATES_DIR/authority.pem"
}

# Whom a process lets in, in the same form.
authentication_environment() {
  if ! is_secure; then
    echo "ORDERFLOW_INSECURE_NO_AUTHENTICATION=true"
    return 0
  fi
  echo "ORDERFLOW_AUTH_ISSUER=$TOKEN_ISSUER"
  echo "ORDERFLOW_AUTH_AUDIENCE=$TOKEN_AUDIENCE"
  echo "ORDERFLOW_AUTH_KEYS_FILE=$TOKENS_DIR/keys.json"
}

# Who orderctl is: by certificate for those that take nobody without, and by token.
operator_environment() {
  if ! is_secure; then return 0; fi
  tls_environment "$OPERATOR"
  echo "ORDERFLOW_TOKEN_FILE=$TOKENS_DIR/$OPERATOR.token"
}
