# shellcheck shell=bash
# An upgrade to a build with another schema while orders come in, and back. Sourced by helm_test.sh.

# Longer than an upgrade and a rollback take.
readonly UPGRADE_LOAD_SECONDS=150

# Version of the schema of a component in its database.
schema_of() {  # database, component
  sql "$1" "SELECT max(version) FROM schema_migrations WHERE component = '$2'"
}

# Notes in a file when pods of both builds were ready at the same moment.
watch_versions() {
  local images
  while true; do
    images="$(in_release get pods --selector app.kubernetes.io/component=order-service \
      -o 'jsonpath={range .items[*]}{.status.containerStatuses[0].ready} {.spec.containers[0].image}{"\n"}{end}' 2>/dev/null)"
    if grep -q '^true .*:this$' <<<"$images" && grep -q '^true .*:next$' <<<"$images"; then
      touch "$WORK/side-by-side"
    fi
    sleep 0.3
  done
}

every_pod_runs() {  # tag
  ! in_release get pods --selector "app.kubernetes.io/instance=$RELEASE" --field-selector status.phase=Running \
    -o 'jsonpath={range .items[*]}{.spec.containers[0].image}{"\n"}{end}' | grep -v ":$1\$" >"$WORK/other-pods"
}

upgrade_under_load() {
  local before watcher database component
  before="$(schema_of orders order)"
  watch_versions &
  watcher=$!
  if apply_release upgrade next; then
    upgraded=yes
  else
    explain_release
    violation "helm upgrade failed"
  fi
  kill "$watcher"
  wait "$watcher" 2>/dev/null
  [[ -e "$WORK/side-by-side" ]] || violation "old and new pods were never ready at the same moment"
  while read -r database component; do
    [[ "$(sql "$database" "SELECT name FROM schema_migrations WHERE component = '$component' ORDER BY version DESC LIMIT 1")" == next_schema ]] ||
      violation "the upgrade has not changed the schema of $database"
  done <<<$'orders order\npayments payment\ninventory inventory'
  say "    schema of orders: $before, then $(schema_of orders order)"
  await 60 every_pod_runs next || violation "pods of the old build: $(tr '\n' ' ' <"$WORK/other-pods")"
}

# The build of before works on the new schema: nothing is migrated back.
roll_back() {
  helm rollback "$RELEASE" --wait --timeout "$ROLLOUT_TIMEOUT" >"$WORK/helm.log" 2>&1 || {
    explain_release
    violation "helm rollback failed"
  }
  await 60 every_pod_runs this || violation "pods of the new build: $(tr '\n' ' ' <"$WORK/other-pods")"
}
