# shellcheck shell=bash
# Clients that run as pods in a namespace of their own, as the app of a customer would. Sourced, never run.

client_address() { echo "$RELEASE-$1-grpc.$NAMESPACE:$2"; }  # component, port

# Starts a pod that runs one of our tools once, with the rights that `restricted` leaves.
start_client() {  # name, image, arguments...
  local name="$1" image="$2" arguments
  shift 2
  arguments="$(printf '"%s", ' "$@")"
  kubectl --namespace "$CLIENTS" delete pod "$name" --ignore-not-found --now >/dev/null 2>&1
  kubectl --namespace "$CLIENTS" apply -f - >/dev/null <<END
apiVersion: v1
kind: Pod
metadata: {name: "$name"}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: client
      image: "localhost/orderflow/$image:this"
      imagePullPolicy: Never
      args: [${arguments%, }]
      env:
        - {name: ORDERFLOW_ORDER_ADDRESS, value: "$(client_address order-service 15051)"}
        - {name: ORDERFLOW_INVENTORY_ADDRESS, value: "$(client_address inventory-service 15054)"}
        - {name: ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS, value: "$KAFKA_BOOTSTRAP_SERVERS"}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
END
}

client_phase() { kubectl --namespace "$CLIENTS" get pod "$1" -o 'jsonpath={.status.phase}'; }
client_has_ended() { [[ "$(client_phase "$1")" =~ ^(Succeeded|Failed)$ ]]; }

# Waits for its end and leaves what it said in $WORK/<name>.log; fails when the client did.
finish_client() {  # name, seconds
  await "$2" client_has_ended "$1" || say "    the client $1 has not ended"
  kubectl --namespace "$CLIENTS" logs "$1" >"$WORK/$1.log" 2>&1
  [[ "$(client_phase "$1")" == Succeeded ]]
}

seed_stock() {
  start_client stock loadgen seed --skus "$LOAD_SKUS" --inventory-address "$(client_address inventory-service 15054)"
  finish_client stock 60 || violation "the stock was not made: $(tail -n 1 "$WORK/stock.log")"
}

# Orders at a constant rate. As the contract of CreateOrder has it, a call that got no answer is repeated with the same
# request id; an order that is not taken all the same has failed.
start_load() {  # name, per second, seconds
  start_client "$1" loadgen run --rate "$2" --seconds "$3" --warmup 0 --drain 60 --attempts 5 --skus "$LOAD_SKUS"
  await 30 has_more_orders_than "$(orders_placed)" || violation "the load $1 places no orders"
}
has_more_orders_than() { (($(orders_placed) > $1)); }
readonly LOAD_SKUS=100

# Every order that was sent must have been accepted and confirmed. Adds to `failed`.
finish_load() {  # name, seconds
  local line sent confirmed
  finish_client "$1" "$2" || violation "the load $1 has failed: $(tail -n 2 "$WORK/$1.log")"
  line="$(grep '^load: ' "$WORK/$1.log")" || line='load: sent=0 confirmed=0'
  sent="$(sed -n 's/.* sent=\([0-9]*\).*/\1/p' <<<"$line")"
  confirmed="$(sed -n 's/.* confirmed=\([0-9]*\).*/\1/p' <<<"$line")"
  say "    $1: $(sed -E 's/.*(sent=.*) confirmed_per_second.*(p99_ms=[^ ]*) max.*/\1 \2/' <<<"$line") $(grep '^repeated' "$WORK/$1.log" | tr '\n' ' ')"
  failed=$((failed + sent - confirmed))
  ((sent > 0 && sent == confirmed)) || violation "of $sent orders of the load $1 $confirmed were confirmed: $(grep '^failed' "$WORK/$1.log" | tr '\n' ' ')"
}
