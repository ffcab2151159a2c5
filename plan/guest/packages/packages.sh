#!/bin/sh
# Tells this machine's apt, dnf and pip the way that ovb:packages names. For good: also who calls them by hand takes it.
set -eu
umask 022
# @if proxy
if [ -d /etc/apt/apt.conf.d ]; then
  printf 'Acquire::http::Proxy "%s";\nAcquire::https::Proxy "%s";\n' @PROXY@ @PROXY@ >/etc/apt/apt.conf.d/90ovb-proxy
fi
if [ -f /etc/dnf/dnf.conf ] && ! grep -q '^proxy *=' /etc/dnf/dnf.conf; then
  echo proxy=@PROXY@ >>/etc/dnf/dnf.conf
fi
# @end
# @if mirror
if [ -d /etc/apt/apt.conf.d ]; then
  ID='' VERSION_CODENAME=''
  . /etc/os-release
  components=main
  [ "$ID" != ubuntu ] || components="main universe"
  keys=/usr/share/keyrings/$ID-archive-keyring.gpg
  options=''
  [ ! -e "$keys" ] || options="[signed-by=$keys] "
  echo "deb ${options}@MIRROR@ $VERSION_CODENAME $components" >/etc/apt/ovb-mirror.list
  # The image's own sources stay where they are, unread: one that nobody reaches would fail each update.
  printf 'Dir::Etc::SourceList "/etc/apt/ovb-mirror.list";\nDir::Etc::SourceParts "/dev/null";\n' \
    >/etc/apt/apt.conf.d/90ovb-mirror
fi
# @end
# @if pip
cat >/etc/pip.conf <<'END'
@PIP@
END
# @end
