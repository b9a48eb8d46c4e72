#!/usr/bin/env bash
# Lays built binaries out as the images take them: stripped, each with the list of Debian packages whose
# libraries it is linked to. Runs where they were built: inside the image build, or on a Debian machine
# of the same release as the base image. A binary that has not changed is left as it is, and so is the layer
# that it is in. Usage: stage_binaries.sh BIN_DIR OUT_DIR
set -euo pipefail

bin="${1:?usage: stage_binaries.sh BIN_DIR OUT_DIR}" out="${2:?usage: stage_binaries.sh BIN_DIR OUT_DIR}"
images="$(dirname "${BASH_SOURCE[0]}")/images.txt"

# The files behind the sonames that a binary asks for. A package registers a file under the path that it was
# built with, before or after /usr was merged: both are printed.
libraries_of() {  # binary
  local file
  ldconfig -p | awk -v wanted="$(objdump -p "$1" | awk '$1 == "NEEDED" && $2 !~ /^ld-linux/ {printf "%s ", $2}')" '
    BEGIN {count = split(wanted, names, " "); for (i = 1; i <= count; i++) needed[names[i]] = 1}
    $1 in needed {print $NF; delete needed[$1]}
    END {for (name in needed) {print "error: no library " name " on this machine; was the binary built on another release?" >"/dev/stderr"; bad = 1}; exit bad}' |
    while read -r file; do
      file="$(readlink -f "$file")"
      printf '%s\n%s\n' "$file" "${file#/usr}"
    done
}

packages_of() {  # binary
  local files
  mapfile -t files < <(libraries_of "$1")
  { dpkg -S "${files[@]}" 2>/dev/null || true; } | cut -d: -f1
  # What speaks TLS to strangers needs to know whom to trust.
  if [[ "$(objdump -p "$1")" == *libcurl.so* ]]; then echo ca-certificates; fi
}

mkdir -p "$out/bin" "$out/packages"
while read -r name _; do
  [[ -z "$name" || "$name" == \#* ]] && continue
  if [[ "$out/bin/$name" -nt "$bin/$name" && -s "$out/packages/$name" ]]; then continue; fi
  packages_of "$bin/$name" | LC_ALL=C sort -u >"$out/packages/$name.new"
  mv "$out/packages/$name.new" "$out/packages/$name"
  strip -o "$out/bin/$name" "$bin/$name"
done <"$images"
