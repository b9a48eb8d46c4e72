#!/bin/sh
# Inside an image build: installs what all of the named binaries need and the image has not yet, and
# leaves nothing else behind: no caches or logs (the package lists are the build's), no set-uid file, no time
# of today.
# Usage: install_packages.sh NAME...   (lists in /tmp/packages; APT_MIRROR and SOURCE_DATE_EPOCH are set)
set -eu

marker=/tmp/started
touch "$marker"

wanted() {
  for name in "$@"; do cat "/tmp/packages/$name"; done | sort | uniq -c | awk -v all=$# '$1 == all {print $2}'
}

missing() {
  wanted "$@" | while read -r package; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# A mirror that was given is used for this installation and not written into the image.
apt() {
  if [ -n "${APT_MIRROR:-}" ]; then
    # shellcheck source=/dev/null
    . /etc/os-release
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $APT_MIRROR $VERSION_CODENAME main" \
      >/tmp/sources.list
    set -- -o Dir::Etc::SourceList=/tmp/sources.list -o Dir::Etc::SourceParts=- "$@"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 -o Acquire::Languages=none "$@"
}

packages="$(missing "$@")"
if [ -n "$packages" ]; then
  apt update
  # shellcheck disable=SC2086  # words are packages
  apt install -y --no-install-recommends $packages
fi
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
rm -rf /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache \
  /var/lib/dpkg/*-old /var/log/* /tmp/sources.list
mkdir -p /usr/share/orderflow
dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' | LC_ALL=C sort >/usr/share/orderflow/packages
find / -xdev -newer "$marker" -not -path '/proc/*' -not -path '/sys/*' -not -path '/dev/*' -not -path '/tmp/*' \
  -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
rm "$marker"
touch -d "@$SOURCE_DATE_EPOCH" /tmp
