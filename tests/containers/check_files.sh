#!/usr/bin/env bash
# Checks without an engine that the files of images and compose agree: every process has an image and every image
# a target, versions are those of the native stack, compose.yaml is understood by the compose tool that is there,
# and nothing is published but on the loopback address. Usage: check_files.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
failed=0

problem() {
  echo "check_files: $1" >&2
  failed=1
}

readonly COMPOSE_FILE=deploy/compose/compose.yaml
# shellcheck source=deploy/docker/images.sh
source deploy/docker/images.sh
images="$(image_names)"

others="$(git ls-files Makefile '*.sh' | grep -v '^tests/containers/check_files\.sh$' | xargs grep -lE "awk .*images\.txt" || true)"
[[ -z "$others" ]] || problem "$others: the names of images come from image_names (deploy/docker/images.sh)"
while read -r process _; do
  [[ -z "$process" || "$process" == \#* ]] && continue
  grep -qx "$process" <<<"$images" || problem "$process has no image: add it to deploy/docker/images.txt"
done <deploy/local/processes.txt
for image in $images; do
  grep -qE "^FROM [a-z]+ AS $image\$" deploy/docker/Dockerfile ||
    problem "deploy/docker/Dockerfile has no target $image"
  grep -qF "ENTRYPOINT [\"/usr/bin/$image\"]" deploy/docker/Dockerfile ||
    problem "the image $image does not start $image"
  grep -qF "image: \${IMAGE_PREFIX}/$image:\${IMAGE_TAG}" $COMPOSE_FILE || problem "$COMPOSE_FILE does not use $image"
done

kafka="$(sed -n 's/^: "[$]{KAFKA_VERSION:=\(.*\)}"$/\1/p' deploy/local/settings.env)"
grep -qx "KAFKA_IMAGE=apache/kafka:$kafka" deploy/compose/.env ||
  problem "deploy/compose/.env names another Kafka than deploy/local/settings.env ($kafka)"
maildev="$(sed -n 's/.*"maildev": "\(.*\)".*/\1/p' deploy/local/mail/package.json)"
grep -qx "MAIL_IMAGE=maildev/maildev:$maildev" deploy/compose/.env ||
  problem "deploy/compose/.env names another mail catcher than deploy/local/mail/package.json ($maildev)"
if grep -nE '^ *ports:' $COMPOSE_FILE | grep -v '"127\.0\.0\.1:'; then
  problem "$COMPOSE_FILE publishes a port on more than the loopback address"
fi
if grep -rnE '^FROM .*:latest|_IMAGE=.*:latest$|_IMAGE=[^:]*$' deploy/docker/Dockerfile deploy/compose/.env; then
  problem "an image has no pinned version"
fi
if command -v docker-compose >/dev/null; then
  docker-compose -f $COMPOSE_FILE --profile tools --profile load config -q || problem "docker-compose refuses $COMPOSE_FILE"
  docker-compose -f $COMPOSE_FILE -f deploy/compose/compose.obs.yaml config -q || problem "docker-compose refuses compose.obs.yaml"
else
  echo "check_files: docker-compose is not installed; $COMPOSE_FILE was not parsed"
fi
((failed == 0)) && echo "check_files: images and compose files agree"
exit "$failed"
