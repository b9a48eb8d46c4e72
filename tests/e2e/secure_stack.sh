#!/usr/bin/env bash
# A stack on which every connection is encrypted and authenticated (SECURE=1): orders go through, the promises
# hold, who should not get in does not, and a certificate is replaced while its process runs.
# Usage: secure_stack.sh DIR (an empty folder of this run)
set -euo pipefail

readonly ORDERS=40
readonly RENEWAL_WAIT_S=30
readonly REFUSAL_WAIT_S=20
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
local_stack="$here/../../deploy/local"
dir="${1:?usage: secure_stack.sh DIR}"
mkdir -p "$dir"
dir="$(cd "$dir" && pwd)"
orderctl="${ORDERFLOW_BUILD_DIR:?}/bin/orderctl"
export SECURE=1

end() {
  local code="$?"
  "$here/stack.sh" down "$dir" >/dev/null
  exit "$code"
}
trap end EXIT
"$here/stack.sh" up "$dir"
set -a
# shellcheck disable=SC1091  # written by stack.sh
source "$dir/stack.env"
set +a
certificates="$dir/certificates"

fail() {
  echo "secure: FAILED: $1"
  exit 1
}

refused_count=0
# refused "who" command...: it fails, and not for want of time.
refused() {
  local who="$1" code=0 output
  shift
  output="$(timeout "$REFUSAL_WAIT_S" "$@" </dev/null 2>&1)" || code="$?"
  ((code != 0)) || fail "$who got in: $output"
  ((code != 124)) || fail "$who was kept waiting"
  refused_count=$((refused_count + 1))
}

as=()
readonly NOBODY=(env -u ORDERFLOW_TLS_AUTHORITIES_FILE -u ORDERFLOW_TLS_CERTIFICATE_FILE -u ORDERFLOW_TLS_PRIVATE_KEY_FILE)
# call service [options of orderctl...]: of a call that order-service alone knows. 3 = no connection.
call() {
  local address="ORDERFLOW_${1^^}_ADDRESS"
  shift
  "${as[@]}" "$orderctl" --timeout "$REFUSAL_WAIT_S" --order-address "${!address}" "$@" order list >"$dir/call.txt" 2>&1
}

# Whoever gets in is answered, be it that the service does not know the call.
gets_in() {
  local code=0
  call "$@" || code="$?"
  ((code != 3)) || fail "the operator is not let in at $1: $(<"$dir/call.txt")"
}

stays_out() {
  local who="$1" code=0
  shift
  call "$@" || code="$?"
  ((code == 3)) || fail "$who got in at $1: $(<"$dir/call.txt")"
  refused_count=$((refused_count + 1))
}

serial_of_order_service() {
  openssl s_client -connect "$ORDERFLOW_ORDER_ADDRESS" -alpn h2 </dev/null 2>/dev/null |
    openssl x509 -noout -serial
}

"$orderctl" demo --orders "$ORDERS" || fail "the orders did not all end as they should"

# Another authority, which nobody here trusts.
stranger="$dir/stranger"
ORDERFLOW_STATE_DIR="$stranger" "$local_stack/certificates.sh" up
for service in order saga payment inventory notification provider; do
  gets_in "$service"
  stays_out "a stranger" "$service" --tls-certificate "$stranger/certificates/operator.pem" \
    --tls-key "$stranger/certificates/operator.key"
  stays_out "a client that trusts another authority" "$service" \
    --tls-authorities "$stranger/certificates/authority.pem"
  as=("${NOBODY[@]}")
  stays_out "plaintext" "$service"
  # Customers' apps come without: what they may do is for their tokens to say.
  [[ "$service" == order ]] ||
    stays_out "a client without certificate" "$service" --tls-authorities "$certificates/authority.pem"
  as=()
done
refused "plaintext at PostgreSQL" psql -X "${ORDERFLOW_VERIFY_ORDERS_URL%%\?*}?sslmode=disable" -c 'SELECT 1'
refused "a client that expects another PostgreSQL" \
  psql -X "${ORDERFLOW_VERIFY_ORDERS_URL%%\?*}?sslmode=verify-full&sslrootcert=$stranger/certificates/authority.pem" -c 'SELECT 1'
refused "plaintext at Kafka" kcat -b "$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS" -L -m 5
refused "a wrong password at Kafka" kcat -F "$dir/kafka/client.properties" -X sasl.password=wrong \
  -b "$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS" -L -m 5

before="$(serial_of_order_service)"
[[ -n "$before" ]] || fail "order-service shows no certificate"
"$local_stack/certificates.sh" renew order-service
for ((i = 0; i < RENEWAL_WAIT_S; i++)); do
  after="$(serial_of_order_service)"
  [[ "$after" == "$before" ]] || break
  sleep 1
done
[[ -n "$after" && "$after" != "$before" ]] || fail "order-service still shows its old certificate"
"$orderctl" demo --orders "$ORDERS" || fail "the orders after the renewal did not all end as they should"

"$orderctl" verify --quiesced --within 120 || fail "the checker found a violation"
echo "secure: orders=$((2 * ORDERS)) refused=$refused_count renewed=yes violations=0"
