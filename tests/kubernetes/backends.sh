#!/usr/bin/env bash
# What Orderflow needs and the chart does not bring: PostgreSQL with its databases and roles, Kafka and a mail catcher.
# They run on this machine inside the cluster's network, on the node's address: to pods they are servers outside.
# Usage: backends.sh up DIR | down DIR
# up writes DIR/backends.env (test_backends.sh) and DIR/secrets.yaml: the Secrets that the chart is told of.
set -euo pipefail
action="${1:?usage: backends.sh up|down DIR}"
export ORDERFLOW_STATE_DIR="${2:?usage: backends.sh up|down DIR}"
# shellcheck source=tests/kubernetes/cluster/settings.sh
source "$(dirname "${BASH_SOURCE[0]}")/cluster/settings.sh"
export BACKENDS_ADDRESS="$NODE_ADDRESS" MAIL_SMTP_PORT=1025 MAIL_WEB_PORT=1080
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../deploy/local/lib.sh"
cd "$LOCAL_STACK_DIR"

in_network() { nsenter --net="/run/netns/$NETWORK" -- "$@"; }

secret() {  # name, key, value...
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData:\n' "$1"
  shift
  while (($# > 0)); do
    printf '  %s: "%s"\n' "$1" "$2"
    shift 2
  done
}

# Per database the login of the role that works on it, and apart from it those of its owner and of the checker.
write_secrets() {
  local database owner runtime
  while read -r database owner runtime; do
    [[ -z "$database" || "$database" == \#* ]] && continue
    secret "$database-login" username "$runtime" password "$(role_password "$runtime")"
    secret "$database-owner" username "$owner" password "$(role_password "$owner")"
    secret "$database-verify" username "${database}_verify" password "$(role_password "${database}_verify")"
  done <databases.txt
  secret payment-webhooks webhook-secret "$(webhook_secret)"
}

up() {
  local mail
  in_network ./mail.sh up &
  mail=$!
  in_network ./test_backends.sh up "$ORDERFLOW_STATE_DIR"
  wait "$mail"
  # shellcheck source=/dev/null
  source "$ORDERFLOW_STATE_DIR/backends.env"
  POSTGRES_PORT="$POSTGRES_PORT" ./postgres.sh databases
  (umask 077 && write_secrets >"$ORDERFLOW_STATE_DIR/secrets.yaml")
}

case "$action" in
  up) up ;;
  down) ./mail.sh down && ./test_backends.sh down "$ORDERFLOW_STATE_DIR" ;;
  *) die "usage: backends.sh up|down DIR" ;;
esac
