#!/bin/sh
# Made by OVB: Node.js for the BMC's agent, and the certificate of its Redfish.
set -u
umask 022
folder=@FOLDER@

say() { echo "ovb-bmc: $*"; }

# Links a Node.js that is new enough.
use_node() {
  path=$(command -v "$1") || return 1
  major=$("$path" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || { say "$path does not run"; return 1; }
  if [ "$major" -lt @OLDEST@ ]; then say "$path is Node.js $major, and @OLDEST@ or later is needed"; return 1; fi
  ln -sfn "$path" "$folder/node"
}

find_node() {
  @FIND_NODE@
}

complete() {
  find_node || return 1
  # @if certificate
  command -v openssl >/dev/null || return 1
  # @end
}

install_packages() {
  # @if packages
  if command -v apt-get >/dev/null; then
    say "installing @PACKAGES@ by apt-get"
    apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install @PACKAGES@
    return
  fi
  if command -v dnf >/dev/null; then
    say "installing @PACKAGES@ by dnf"
    # @if nodejs
    dnf -qy module enable nodejs:20 >/dev/null 2>&1 || true
    # @end
    dnf -qy --setopt=install_weak_deps=False install @PACKAGES@
    return
  fi
  say "there is neither apt-get nor dnf"
  # @end
  return 1
}

pause=5
until complete; do
  if install_packages && complete; then break; fi
  say "@WAY_OUT@ Trying again in $pause s."
  sleep $pause
  [ $pause -ge 60 ] || pause=$((pause * 2))
done
say "Node.js is $(readlink "$folder/node")"
# @if certificate

cert=$folder/redfish-cert.pem
key=$folder/redfish-key.pem
if [ ! -s "$cert" ] || [ ! -s "$key" ]; then
  umask 077
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256 -days 3650 \
    -subj "/CN=@NAME@" -addext "subjectAltName=DNS:@NAME@,@ADDRESSES@" \
    -keyout "$key.new" -out "$cert.new" 2>"$folder/openssl.log" || { say "openssl: $(tail -1 "$folder/openssl.log")"; exit 1; }
  mv "$key.new" "$key"
  mv "$cert.new" "$cert"
  say "made a certificate for Redfish"
fi
# @end
