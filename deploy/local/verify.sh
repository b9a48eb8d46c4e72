#!/usr/bin/env bash
# Runs the checker over the databases of the local stack: orders, money, stock, notifications.
# Usage: verify.sh [options of orderctl verify, for example --quiesced --within 60]
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

orderctl="$ORDERFLOW_BUILD_DIR/bin/orderctl"
[[ -x "$orderctl" ]] || die "$orderctl has not been built." "Run: make build"
mapfile -t environment < <(operator_environment)
while read -r database _ _; do
  [[ -z "$database" || "$database" == \#* ]] && continue
  environment+=("ORDERFLOW_VERIFY_${database^^}_URL=$(database_url "${database}_verify" "$database")")
done <"$LOCAL_STACK_DIR/databases.txt"
exec env "${environment[@]}" "$orderctl" verify "$@"
