# shellcheck shell=bash
# What happens to pods: killed, scaled, evicted. Sourced by helm_test.sh.
readonly KILLED_COMPONENTS=(order-service saga-orchestrator payment-service inventory-service notification-service)

container_of() {  # pod
  in_release get pod "$1" -o 'jsonpath={.status.containerStatuses[0].containerID}' | sed 's|.*//||'
}

# SIGKILL to the process of one pod of each component while a client that repeats its calls places mixed orders.
kill_pods() {
  local component pods before
  start_client demo orderctl demo --orders 150 --concurrency 8 --within 180 --json
  await 30 has_more_orders_than "$(orders_placed)" || violation "the demo places no orders"
  for component in "${KILLED_COMPONENTS[@]}"; do
    mapfile -t pods < <(ready_pods "$component")
    before="$(restarts_of "${pods[0]}")"
    containers tasks kill -s KILL "$(container_of "${pods[0]}")" || violation "${pods[0]} could not be killed"
    await 30 was_restarted "${pods[0]}" "$before" || violation "${pods[0]} was killed and not restarted"
  done
  finish_client demo 240 || {
    failed=$((failed + 1))
    violation "with killed pods the orders did not end as they should: $(tail -n 3 "$WORK/demo.log")"
  }
  for component in "${KILLED_COMPONENTS[@]}"; do
    await 60 has_ready_pods "$component" 2 || violation "$component has not two ready pods again"
  done
}
restarts_of() { in_release get pod "$1" -o 'jsonpath={.status.containerStatuses[0].restartCount}'; }
was_restarted() { (($(restarts_of "$1") > $2)); }  # pod, times before

# Notes in a file the fewest ready pods of a component that it has seen.
watch_fewest_pods() {  # component, file
  local pods ready fewest=1000
  while true; do
    if pods="$(ready_pods "$1" 2>/dev/null)"; then
      ready="$(grep -c . <<<"$pods")"
      ((ready >= fewest)) || fewest="$ready"
      echo "$fewest" >"$2"
    fi
    sleep 0.3
  done
}

# With the autoscaler the order API gets more pods when there is more to do, and has never fewer meanwhile.
scale_up() {
  local watcher
  watch_fewest_pods order-service "$WORK/fewest-pods" &
  watcher=$!
  apply_release upgrade this \
    --set components.order-service.autoscaling.type=hpa,components.order-service.autoscaling.cpuUtilization=50 \
    --set components.order-service.autoscaling.minReplicas=2,components.order-service.autoscaling.maxReplicas=4 || {
    explain_release
    violation "the upgrade to an autoscaler failed"
  }
  start_load scaling 30 60
  await 90 has_ready_pods order-service 3 || {
    in_release get hpa | sed 's/^/    /'
    violation "the autoscaler has added no pod"
  }
  kill "$watcher"
  wait "$watcher" 2>/dev/null
  (($(<"$WORK/fewest-pods") >= 2)) || violation "turning the autoscaler on left $(<"$WORK/fewest-pods") ready pods of order-service"
  in_release get hpa --no-headers | sed 's/^/    /'
}

evict() {  # pod; prints the status code of the answer
  printf '{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "%s", "namespace": "%s"}}' "$1" "$NAMESPACE" |
    curl -sS -o "$WORK/eviction" -w '%{http_code}' --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" \
      -H 'Content-Type: application/json' --data-binary @- \
      "https://$NODE_ADDRESS:6443/api/v1/namespaces/$NAMESPACE/pods/$1/eviction"
}
can_evict() { [[ "$(evict "$1")" == 201 ]]; }

# A drain may take one pod of a component; the next one only when there is another one in its place.
evict_pods() {  # component
  local pods answer
  mapfile -t pods < <(ready_pods "$1")
  can_evict "${pods[0]}" || violation "${pods[0]} could not be evicted: $(<"$WORK/eviction")"
  answer="$(evict "${pods[1]}")"
  [[ "$answer" == 429 ]] || violation "the budget of $1 let two pods go at once (answer $answer)"
  await 90 can_evict "${pods[1]}" || violation "${pods[1]} could never be evicted: $(<"$WORK/eviction")"
  await 90 has_ready_pods "$1" 2 || violation "$1 has not two ready pods again"
}
