#!/usr/bin/env bash
# The identity provider of a secure local stack (SECURE=1): a key, its public half as a JSON Web Key Set, and
# bearer tokens. For development: whoever reads the key is anybody.
# Usage: tokens.sh up | issue SUBJECT "SCOPE..." [SECONDS]
# up makes what is not there yet, the operator's token too; issue prints a token.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly OPERATOR_TOKEN_SECONDS=$((30 * 86400))
readonly TOKEN_SECONDS=3600
# Every scope that proto/orderflow names, but the customers'.
readonly OPERATOR_SCOPES="orders.read orders.write stock.read stock.write payments.read payments.reconcile \
notifications.read sagas.read sagas.repair events.read events.republish dead_letters.read dead_letters.settle provider.read provider.control"

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

make_key() {
  openssl genrsa -out "$TOKENS_DIR/issuer.key.new" 2048 2>/dev/null
  mv "$TOKENS_DIR/issuer.key.new" "$TOKENS_DIR/issuer.key"
}

# 65537 is what openssl takes as exponent.
write_key_set() {
  local modulus
  modulus="$(openssl rsa -in "$TOKENS_DIR/issuer.key" -noout -modulus | cut -d= -f2 | basenc --base16 -d | base64url)"
  printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"local","n":"%s","e":"AQAB"}]}\n' "$modulus" \
    >"$TOKENS_DIR/keys.json"
}

issue() {  # subject, scopes, seconds
  local now signed
  now="$(date +%s)"
  signed="$(printf '{"alg":"RS256","typ":"JWT","kid":"local"}' | base64url).$(
    printf '{"iss":"%s","aud":"%s","sub":"%s","scope":"%s","iat":%s,"exp":%s}' "$TOKEN_ISSUER" "$TOKEN_AUDIENCE" \
      "$1" "$2" "$now" "$((now + $3))" | base64url
  )"
  echo "$signed.$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$TOKENS_DIR/issuer.key" -binary | base64url)"
}

up() {
  require_tool openssl "a stack with SECURE=1"
  mkdir -p "$TOKENS_DIR"
  if [[ ! -s "$TOKENS_DIR/issuer.key" ]]; then make_key; fi
  write_key_set
  issue "$OPERATOR" "$OPERATOR_SCOPES" "$OPERATOR_TOKEN_SECONDS" >"$TOKENS_DIR/$OPERATOR.token.new"
  mv "$TOKENS_DIR/$OPERATOR.token.new" "$TOKENS_DIR/$OPERATOR.token"
}

umask 077
case "${1:-}" in
  up) up ;;
  issue) issue "${2:?usage: tokens.sh issue SUBJECT SCOPES [SECONDS]}" "${3?scopes are missing}" "${4:-$TOKEN_SECONDS}" ;;
  *) die 'usage: tokens.sh up | issue SUBJECT "SCOPE..." [SECONDS]' ;;
esac
