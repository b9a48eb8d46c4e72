# shellcheck shell=bash
# The checker, and what is left after uninstall. Sourced by helm_test.sh.

# Everything that was accepted has ended and adds up.
check_books() {
  ORDERFLOW_STATE_DIR="$BACKENDS" BACKENDS_ADDRESS="$NODE_ADDRESS" POSTGRES_PORT="$POSTGRES_PORT" \
    ORDERFLOW_BUILD_DIR="$(dirname "$BIN_DIR")" "$REPO_ROOT/deploy/local/verify.sh" --quiesced --within 120 --pending-mail-ok \
    >"$WORK/verify.log" 2>&1 || violation "the checker found something: $(tail -n 5 "$WORK/verify.log")"
  tail -n 1 "$WORK/verify.log" | sed 's/^/    /'
}

uninstall_release() {
  helm uninstall "$RELEASE" --wait --timeout "$ROLLOUT_TIMEOUT" >"$WORK/helm.log" 2>&1 || violation "helm uninstall failed: $(tail -n 2 "$WORK/helm.log")"
  await 90 nothing_is_left || {
    "$KUBERNETES_TESTS/check_objects.py" gone "$RELEASE" "$WORK/objects.json" || true
    violation "uninstall leaves objects"
  }
}

# Pods are gone a moment after their owner.
nothing_is_left() {
  in_release get "$(kinds)" -o json >"$WORK/objects.json"
  "$KUBERNETES_TESTS/check_objects.py" gone "$RELEASE" "$WORK/objects.json" >/dev/null
}
