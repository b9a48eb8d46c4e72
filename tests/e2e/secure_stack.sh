#!/usr/bin/env bash
# A stack on which every connection is encrypted and every caller is asked who it is (SECURE=1): orders go through,
# the promises hold, who should not get in does not, no log tells a secret, no role can do more than it needs, and
# a certificate is replaced while its process runs.
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
# refused "who" "how" command...: it fails, says so (a regular expression), and not for want of time.
refused() {
  local who="$1" how="$2" code=0 output
  shift 2
  if [[ "$(type -t "$1")" == function ]]; then
    output="$("$@" </dev/null 2>&1)" || code="$?"
  else
    output="$(timeout "$REFUSAL_WAIT_S" "$@" </dev/null 2>&1)" || code="$?"
  fi
  ((code != 0)) || fail "$who got in: $output"
  ((code != 124)) || fail "$who was kept waiting"
  grep -qE "$how" <<<"$output" || fail "$who was refused in another way than \"$how\": $output"
  refused_count=$((refused_count + 1))
}

as=()
readonly NOBODY=(env -u ORDERFLOW_TOKEN_FILE -u ORDERFLOW_TLS_AUTHORITIES_FILE -u ORDERFLOW_TLS_CERTIFICATE_FILE -u ORDERFLOW_TLS_PRIVATE_KEY_FILE)
# call service [options of orderctl...]: of a call that order-service alone knows. Its answer is in call.txt.
call() {
  local address="ORDERFLOW_${1^^}_ADDRESS"
  shift
  "${as[@]}" "$orderctl" --json --timeout "$REFUSAL_WAIT_S" --order-address "${!address}" "$@" order list >"$dir/call.txt" 2>&1
}

# answered CODE: what a call was answered; orderctl's --json.
answered() { grep -qF "\"code\":\"$1\"" "$dir/call.txt"; }

# Whoever gets in is answered: with orders, or that the service does not know the call.
gets_in() {
  if call "$@"; then
    [[ "$1" == order ]] || fail "$1 lists orders: $(<"$dir/call.txt")"
  elif [[ "$1" == order ]] || ! answered UNIMPLEMENTED; then
    fail "the operator is not let in at $1: $(<"$dir/call.txt")"
  fi
}

# No connection comes about, so it is gRPC of this side that answers.
stays_out() {
  local who="$1"
  shift
  if call "$@" || ! answered UNAVAILABLE; then fail "$who got in at $1: $(<"$dir/call.txt")"; fi
  refused_count=$((refused_count + 1))
}

# The state folder remembers that it is secure: who forgets to say so is not left with half of it.
check_memory() {
  env -u SECURE "$local_stack/status.sh" >"$dir/status.txt" || fail "without SECURE=1, status says: $(<"$dir/status.txt")"
  if SECURE=0 "$local_stack/status.sh" >"$dir/status.txt" 2>&1; then fail "SECURE=0 was taken for a secure folder"; fi
  grep -q 'was made with SECURE=1' "$dir/status.txt" || fail "SECURE=0 is refused, but says: $(<"$dir/status.txt")"
}

# A customer's app: no certificate, a token of its own.
as_customer() {  # name, command...
  "$local_stack/tokens.sh" issue "$1" customer >"$dir/customer.token"
  shift
  "${NOBODY[@]}" "$orderctl" --order-address "$ORDERFLOW_ORDER_ADDRESS" --tls-authorities "$certificates/authority.pem" \
    --token-file "$dir/customer.token" "$@"
}

# The database says no to a role.
denied() {  # url, statement
  local output
  ! output="$(psql -X -v ON_ERROR_STOP=1 "$1" -c "$2" 2>&1)" || fail "the database lets ${1%%:*}... do: $2"
  grep -qE 'permission denied|must be owner' <<<"$output" || fail "of \"$2\" the database says: $output"
  refused_count=$((refused_count + 1))
}

# Who runs cannot change the schema, and who checks cannot change anything.
check_roles() {
  local process url database verify statement table
  while read -r process _; do
    url="$("$local_stack/services.sh" env "$process" | sed -n 's/^ORDERFLOW_DATABASE_URL=//p')"
    table="$(psql -X -At "$url" -c "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1 LIMIT 1")"
    for statement in 'CREATE TABLE public.mine (id int)' 'CREATE SCHEMA mine' 'CREATE TEMP TABLE mine (id int)' \
      'CREATE ROLE mine' "DROP TABLE $table" "ALTER TABLE $table ADD mine int"; do
      denied "$url" "$statement"
    done
  done < <(awk '!/^#/ && NF' "$local_stack/processes.txt")
  for database in ORDERS PAYMENTS INVENTORY NOTIFICATIONS PROVIDER; do
    verify="ORDERFLOW_VERIFY_${database}_URL"
    table="$(psql -X -At "${!verify}" -c "SELECT table_name FROM information_schema.table_privileges
      WHERE table_schema = 'public' AND privilege_type = 'SELECT' ORDER BY 1 LIMIT 1")"
    for statement in "DELETE FROM $table" "TRUNCATE $table" 'CREATE TABLE public.mine (id int)' 'CREATE TEMP TABLE mine (id int)'; do
      denied "${!verify}" "$statement"
    done
  done
}

# Nothing that only some may know is in a log of ours or of a server. The mail catcher's log is left out: it is
# the mailbox.
check_secrets() {
  local log secret
  local -a logs secrets
  for log in "$dir"/logs/*.log; do
    case "$log" in */mail*.log) ;; *) logs+=("$log") ;; esac
  done
  mapfile -t secrets < <(
    cat "$dir"/secrets/* "$dir"/tokens/*.token "$dir/customer.token"
    "$local_stack/services.sh" env | grep -oE '(PASSWORD|SECRETS?)=.+' | cut -d= -f2-
    "$local_stack/services.sh" env | sed -n 's|^ORDERFLOW_DATABASE_URL=postgresql://[^:]*:\([^@]*\)@.*|\1|p'
  )
  ((${#secrets[@]} > 10)) || fail "the secrets to look for were not found"
  for secret in "${secrets[@]}"; do
    ! grep -lF -- "$secret" "${logs[@]}" || fail "these logs have a password or a token"
  done
  ! grep -nE 'eyJ[A-Za-z0-9_-]{10,}|tok_[a-z]+|[A-Za-z0-9._+-]+@[A-Za-z0-9-]+\.(com|org|test|example)' "${logs[@]}" ||
    fail "the logs have a token, a payment token or an e-mail address"
}

in_kafka() { kcat -F "$dir/kafka/client.properties" -b "$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS" "$@" 2>/dev/null; }

# A payment token goes to payment-service, in its commands, and from there to the provider. Nothing else ever has
# one, and no table of ours once the orders are at rest. bytea is shown in hexadecimal digits.
check_payment_tokens() {
  local topic database table found=''
  for topic in $(in_kafka -L | sed -n 's/^  topic "\([^_"][^"]*\)".*/\1/p'); do
    in_kafka -C -t "$topic" -e -q >"$dir/records.bin"
    if grep -qa 'tok_' "$dir/records.bin"; then found+="$topic "; fi
  done
  [[ "$found" == 'payment.commands ' ]] || fail "payment tokens are in these topics: $found"
  found=''
  for database in orders payments inventory notifications provider; do
    while read -r table; do
      # Into a file: a grep that has found something ends before psql has written all.
      psql -X -c "COPY (SELECT * FROM $table) TO STDOUT" "$("$local_stack/postgres.sh" admin-url "$database")" >"$dir/rows.txt"
      if grep -qaE 'tok_|746f6b5f' "$dir/rows.txt"; then found+="$database.$table "; fi
    done < <(psql -X -At -c "SELECT tablename FROM pg_tables WHERE schemaname = 'public'" \
      "$("$local_stack/postgres.sh" admin-url "$database")")
  done
  # The simulated provider's own books: it is whose tokens they are.
  [[ "$found" == 'provider.operations ' ]] || fail "payment tokens are in these tables: $found"
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
refused "plaintext at PostgreSQL" 'no encryption' psql -X "${ORDERFLOW_VERIFY_ORDERS_URL%%\?*}?sslmode=disable" -c 'SELECT 1'
refused "a client that expects another PostgreSQL" 'certificate verify failed' \
  psql -X "${ORDERFLOW_VERIFY_ORDERS_URL%%\?*}?sslmode=verify-full&sslrootcert=$stranger/certificates/authority.pem" -c 'SELECT 1'
refused "plaintext at Kafka" 'Broker transport failure' kcat -b "$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS" -L -m 5
refused "a wrong password at Kafka" '[Aa]uthentication failed' kcat -F "$dir/kafka/client.properties" -X sasl.password=wrong \
  -b "$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS" -L -m 5

as_customer ann order create --customer ann --item DEMO-TEA=1 --email ann@example.com --token tok_approve --wait >"$dir/ann.txt" ||
  fail "a customer's order did not go through: $(<"$dir/ann.txt")"
order_of_ann="$(grep -oE '[0-9a-f-]{36}' "$dir/ann.txt" | head -n 1)"
as_customer ann order get "$order_of_ann" >"$dir/ann.txt" || fail "a customer does not see its order: $(<"$dir/ann.txt")"
refused "another customer" '"code":"NOT_FOUND"' as_customer bob --json order get "$order_of_ann"
refused "a customer who orders for another" '"code":"PERMISSION_DENIED"' as_customer bob --json order create --customer ann --item DEMO-TEA=1 \
  --email bob@example.com --token tok_approve
ORDERFLOW_E2E_DIR="$dir" "$ORDERFLOW_BUILD_DIR/tests/orderflow_e2e_hostile_caller_test" --gtest_brief=1 ||
  fail "a hostile caller got further than it may"
repair=(saga retry "$order_of_ann" --reason 'a test' --dry-run)
refused "an operator in another's name" '"field":"repair.actor"' "$orderctl" --json "${repair[@]}" --as somebody-else
# Refused as well, but for the order's sake.
refused "a repair of what is at rest" '"code":"FAILED_PRECONDITION"' "$orderctl" --json "${repair[@]}"
check_roles
check_memory

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
"$here/kafka_rights.sh" "$dir" || fail "a login at Kafka gets further than it may, or not as far"
"$here/secure_load.sh" "$dir" || fail "the tools do not get through"

check_secrets
env -u SECURE "$local_stack/verify.sh" --quiesced --within 120 || fail "the checker found a violation"
check_payment_tokens
echo "secure: orders=$((2 * ORDERS)) refused=$refused_count renewed=yes secrets_logged=0 violations=0"
