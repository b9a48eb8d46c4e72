#!/usr/bin/env bash
# Installs the packages of packages.txt that are missing, as root or through sudo.
# Usage: install.sh [--check] [--section NAME]... [--list FILE]
#   --check     only names what is missing (exit 1)
#   --section   only what stands below a comment that starts with NAME
#   --list      another file beside packages.txt
# Quick, and without any right, when nothing is missing.
set -euo pipefail

FOLDER="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
LIST="$FOLDER/packages.txt"
check=no sections=''
while (($# > 0)); do
  case "$1" in
    --check) check=yes ;;
    --section) sections+="|$2" && shift ;;
    --list) LIST="$FOLDER/$2" && shift ;;
    *) echo "usage: install.sh [--check] [--section NAME]... [--list FILE]" >&2 && exit 2 ;;
  esac
  shift
done

# The lines of the wanted sections, or all.
wanted_lines() {
  [[ -n "$sections" ]] || { cat "$LIST" && return; }
  awk -v wanted="^# (${sections#|})" '/^#/ {on = $0 ~ wanted} on' "$LIST"
}

missing_packages() {
  local package command installed
  installed="$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' | awk '$2 == "installed" {print $1}')"
  while read -r package command; do
    [[ -z "$package" || "$package" == \#* ]] && continue
    [[ -n "$command" ]] && command -v "$command" >/dev/null && continue
    grep -qxF "$package" <<<"$installed" || echo "$package"
  done < <(wanted_lines)
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "error: installing needs root, and there is no sudo. Run as root:" >&2
    echo "       apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
}

# Debian starts them at once, and at each boot, on all addresses. The local stack starts its own, on loopback.
keep_from_starting() {
  local package unit
  for package in "$@"; do
    unit="/etc/systemd/system/${package%-server}.service"  # etcd-server has etcd.service
    if [[ " ${missing[*]} " == *" $package "* && -d /etc/systemd/system && ! -e "$unit" ]]; then
      as_root ln -s /dev/null "$unit"
    fi
  done
}

if ! command -v dpkg-query >/dev/null; then
  echo "error: this is not a Debian system. Install by hand what $LIST names." >&2
  exit 1
fi
mapfile -t missing < <(missing_packages)
if ((${#missing[@]} == 0)); then exit 0; fi
echo "missing: ${missing[*]}"
if [[ "$check" == yes ]]; then exit 1; fi

# A fresh machine knows no packages, an old one knows versions that are gone: ask anew, then install.
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 update
keep_from_starting prometheus prometheus-node-exporter etcd-server
as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 install \
  --no-install-recommends "${missing[@]}"
