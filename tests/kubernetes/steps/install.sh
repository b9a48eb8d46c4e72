# shellcheck shell=bash
# Install and `helm test`. Sourced by helm_test.sh.

# Both namespaces refuse what `restricted` refuses; that they do is asked for, too.
make_namespaces() {
  local name refusal
  for name in "$NAMESPACE" "$CLIENTS"; do
    kubectl create namespace "$name" >/dev/null
    kubectl label namespace "$name" pod-security.kubernetes.io/enforce=restricted >/dev/null
  done
  await 30 in_release get serviceaccount default >/dev/null 2>&1
  refusal="$(in_release run refused --image localhost/orderflow/orderctl:this --privileged --dry-run=server 2>&1)" &&
    violation "the namespace takes a privileged pod"
  [[ "$refusal" == *'violates PodSecurity "restricted'* ]] || violation "the privileged pod was refused otherwise: $refusal"
  in_release apply -f "$BACKENDS/secrets.yaml" >/dev/null
}

install_release() {
  if apply_release install this; then
    installed=yes
  else
    explain_release
    violation "helm install failed"
  fi
}

run_helm_test() {
  helm test "$RELEASE" --logs --timeout "$ROLLOUT_TIMEOUT" >"$WORK/helm-test.log" 2>&1 || {
    tail -n 15 "$WORK/helm-test.log"
    violation "helm test failed"
  }
  grep -E '^(ok|FAILED|smoke)' "$WORK/helm-test.log" | sed 's/^/    /'
}

# The chart's own checker, before its time.
run_checker() {
  in_release create job --from="cronjob/$RELEASE-checker" checker-now >/dev/null
  await 120 checker_has_ended || violation "the checker's Job has not ended"
  in_release logs job/checker-now >"$WORK/checker.log" 2>&1
  in_release wait --for=condition=Complete --timeout=1s job/checker-now >/dev/null 2>&1 ||
    violation "the checker's Job has failed: $(tail -n 3 "$WORK/checker.log")"
  tail -n 1 "$WORK/checker.log" | sed 's/^/    /'
}
checker_has_ended() {
  [[ "$(in_release get job checker-now -o 'jsonpath={.status.conditions[*].type}')" =~ Complete|Failed ]]
}

# Counts what the release is made of, and looks for anything in its namespace that is nobody's.
check_ownership() {
  objects="$({ helm get manifest "$RELEASE"; helm get hooks "$RELEASE"; } | grep -c '^kind: ')"
  in_release get "$(kinds)" -o json >"$WORK/objects.json"
  "$KUBERNETES_TESTS/check_objects.py" owned "$RELEASE" "$WORK/objects.json" || violation "there are objects that nobody owns"
}

# Every kind that a namespace can have, without what is only derived.
kinds() {
  kubectl api-resources --namespaced --verbs=list -o name | grep -vE '^(events|pods\.metrics|endpoints$|localsubjectaccessreviews)' | paste -sd,
}
