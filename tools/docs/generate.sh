#!/usr/bin/env bash
# Writes the pages that the binaries themselves know best, docs/settings.md, docs/metrics.md, docs/sagas.md and
# docs/topic-rights.md, and docs/planted-bugs.md from its table.
#
#   tools/docs/generate.sh <folder of the binaries>           write them
#   tools/docs/generate.sh <folder of the binaries> --check   fail when they are not current
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${1:?usage: tools/docs/generate.sh <folder of the binaries> [--check]}
services=(order-service saga-orchestrator inventory-service payment-service notification-service
  payment-provider-simulator)

settings_page() {
  cat <<'PAGE'
# Settings

Every process reads its settings from the environment; a wrong, missing or unknown `ORDERFLOW_*`
setting stops it at the start, with all of them named. Printed by `--settings-markdown` of each
binary; do not edit by hand (`make docs`).
PAGE
  local service
  for service in "${services[@]}"; do
    printf '\n## %s\n\n' "$service"
    "$bin/$service" --settings-markdown
  done
}

# Settings with which a process can be wired. Nothing is at these addresses, and nothing needs to be.
wired() {
  local service=$1 settings=(ORDERFLOW_DATABASE_URL=postgresql://nobody@127.0.0.1:1/none)
  [[ $service == payment-provider-simulator ]] || settings+=(ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1)
  case $service in
    notification-service) settings+=(ORDERFLOW_SMTP_URL=smtp://127.0.0.1:1) ;;
    payment-provider-simulator)
      settings+=(ORDERFLOW_PROVIDER_WEBHOOK_URL=http://127.0.0.1:1/
        ORDERFLOW_PROVIDER_WEBHOOK_SECRET=whsec_bm9ib2R5IHNpZ25zIGFueXRoaW5nIHdpdGggdGhpcw==)
      ;;
  esac
  env -i PATH="$PATH" "${settings[@]}" "$bin/$service" --metrics-markdown
}

metrics_page() {
  cat <<'PAGE'
# Metrics

What each process shows at `GET /metrics` on its admin port. Printed by `--metrics-markdown` of each binary; do not edit by hand
(`make docs`).

Names: `orderflow_<area>_[<what>_]<unit>[_total]`. Counters, and only they, end in `_total`; the unit is a base unit (seconds,
bytes) or the plural of what is counted ([metric_names.h](../libs/telemetry/metric_names.h) refuses others at the start). No label holds an id.
A histogram has the series `_bucket` (with the label `le`), `_sum` and `_count`. What to watch, and when to act, is in
[operations.md](operations.md); rules, alerts and dashboards over them are in [deploy/observability](../deploy/observability/README.md).
PAGE
  local service
  for service in "${services[@]}"; do
    printf '\n## %s\n\n' "$service"
    wired "$service" || return 1
  done
  cat <<'PAGE'

## orderctl verify

Written to the file of `--metrics-file`, for the textfile collector of node-exporter.

PAGE
  "$bin/orderctl" verify --metrics-markdown
}

sagas_page() {
  cat <<'PAGE'
# Sagas

Printed by `saga-orchestrator --describe-sagas` from the definitions that it runs; do not edit by
hand (`make docs`).

PAGE
  "$bin/saga-orchestrator" --describe-sagas
}

topic_rights_page() {
  cat <<'PAGE'
# Rights to topics

What each process may do to Kafka, and no more. Printed by `order-service --describe-topic-rights`; do not edit by hand (`make docs`).

- `order-service --grant-topic-rights`, logged in as an administrator, makes access control lists of it, for principals `User:<process>`;
  the brokers need an authorizer, and with client certificates a rule that makes such names of theirs (`ssl.principal.mapping.rules`). It adds, and takes nothing away. With Strimzi the chart's KafkaUsers say the same (`kafka.strimzi.createUsers`).
- To read or write is to describe, too. `orderflow-broadcast` and `orderflow-log-reader` are groups by name only: nothing is stored under them.

PAGE
  "$bin/order-service" --describe-topic-rights
}

planted_bugs_page() {
  python3 "$root/tests/planted_bugs/table.py" --markdown
}

# Writes one page, or compares it.
page() {
  local file=$root/docs/$1 new
  new=$("$2")
  if [[ $mode == check ]]; then
    if ! diff -u "$file" - <<<"$new"; then
      echo "docs/$1 is not what the binaries say; run: make docs" >&2
      return 1
    fi
  else
    printf '%s\n' "$new" >"$file"
  fi
}

mode="write"
[[ ${2:-} != --check ]] || mode="check"
page settings.md settings_page
page metrics.md metrics_page
page sagas.md sagas_page
page topic-rights.md topic_rights_page
page planted-bugs.md planted_bugs_page
if [[ $mode == check ]]; then
  python3 "$root/tools/observability/dashboards.py" --check
else
  python3 "$root/tools/observability/dashboards.py"
  # Lints of their own compare these.
  python3 "$root/tools/helm/chart_files.py"
  python3 "$root/tools/helm/chart_docs.py"
fi
