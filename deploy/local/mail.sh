#!/usr/bin/env bash
# The mail catcher of the local stack (maildev): takes every mail by SMTP and shows it in a browser.
# Mails live in its memory: they are gone when it stops. Usage: mail.sh fetch | up | down | status
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly START_TIMEOUT_S=30
readonly STOP_TIMEOUT_S=20
# Another lock file, another folder: a changed version is fetched anew.
LOCK_FILE="$LOCAL_STACK_DIR/mail/package-lock.json"
MODULES="$ORDERFLOW_CACHE_DIR/mail-$(sha256sum "$LOCK_FILE" | cut -c1-12)"

fetch() {
  [[ -d "$MODULES" ]] && return 0
  require_tool npm "fetching the mail catcher"
  mkdir -p "$ORDERFLOW_CACHE_DIR"
  (
    flock 9
    [[ -d "$MODULES" ]] && exit 0
    rm -rf "$MODULES.new"
    mkdir -p "$MODULES.new"
    cp "$LOCAL_STACK_DIR/mail/package.json" "$LOCK_FILE" "$MODULES.new/"
    npm ci --prefix "$MODULES.new" --omit=dev --ignore-scripts --no-audit --no-fund \
      >"$LOG_DIR/mail-fetch.log" 2>&1 ||
      die "the mail catcher could not be fetched from npm." "See $LOG_DIR/mail-fetch.log"
    mv "$MODULES.new" "$MODULES"
  ) 9>"$ORDERFLOW_CACHE_DIR/mail.lock"
}

answers() { curl -fsS --max-time 2 "http://$BACKENDS_ADDRESS:$MAIL_WEB_PORT/healthz"; }

up() {
  if running_pid mail >/dev/null; then return 0; fi
  require_tool node "the mail catcher"
  require_tool curl "the check that the mail catcher answers"
  fetch
  require_free_port "$MAIL_SMTP_PORT" "the mail catcher" MAIL_SMTP_PORT
  require_free_port "$MAIL_WEB_PORT" "the mailbox page" MAIL_WEB_PORT
  start_process mail node --max-old-space-size=1024 "$MODULES/node_modules/maildev/bin/maildev" --silent \
    --smtp "$MAIL_SMTP_PORT" --web "$MAIL_WEB_PORT" --ip "$BACKENDS_ADDRESS" --web-ip "$BACKENDS_ADDRESS" \
    --mail-directory "$ORDERFLOW_STATE_DIR/mail"
  if ! wait_until "$START_TIMEOUT_S" mail answers; then
    tail -n 20 "$LOG_DIR/mail.log" >&2
    stop_process mail 1
    die "the mail catcher does not answer on port $MAIL_WEB_PORT" "Its log: $LOG_DIR/mail.log"
  fi
}

case "${1:-}" in
  fetch) fetch ;;
  up) up ;;
  down) stop_process mail "$STOP_TIMEOUT_S" ;;
  status) running_pid mail ;;
  *) die "usage: mail.sh fetch|up|down|status" ;;
esac
