#!/bin/sh
# The switch.
#   OVB_SETTINGS        columns of its table Open_vSwitch, as ovs-vsctl takes them
#   OVB_BRIDGES         its bridges, br-int among them
#   OVB_GATEWAY         address of the box on the external network, on the bridge OVB_GATEWAY_BRIDGE
set -eu
until ovs-vsctl --no-wait --timeout=5 init 2>/dev/null; do sleep 0.1; done
# shellcheck disable=SC2086 # a word each
ovs-vsctl --no-wait set Open_vSwitch . $OVB_SETTINGS
for bridge in $OVB_BRIDGES; do
  ovs-vsctl --no-wait --may-exist add-br "$bridge" -- set Bridge "$bridge" datapath_type=netdev
done
# No packet passes before somebody has said which way.
ovs-vsctl --no-wait set-fail-mode br-int secure

again=
[ ! -e /run/openvswitch/started ] || again=yes

started() {
  # Returns once the switch has made of its database what it can; without a change it would not wait.
  ovs-vsctl --timeout=120 set Open_vSwitch . "external_ids:started=$(date +%s.%N)"
  ip link set br-int up
  ip address replace "$OVB_GATEWAY" dev "$OVB_GATEWAY_BRIDGE"
  # One segment a packet: of larger ones those for a guest behind a router, whose MTU is smaller, are lost, and a download from here
  # goes at 7 kbit/s.
  ip link set "$OVB_GATEWAY_BRIDGE" up gso_max_segs 1
  touch /run/openvswitch/started
  [ -n "$again" ] || return 0
  echo "ovs-vswitchd was started again: making anew what went with the last one"
  /usr/local/lib/devcloud/mend.sh
  echo "mended"
}
# Twice in the background, so that it is PID 1 that reaps it: the switch would not.
(started &)

exec ovs-vswitchd unix:/run/openvswitch/db.sock --unixctl=/run/openvswitch/vswitchd.ctl --disable-system \
  --pidfile=/run/openvswitch/ovs-vswitchd.pid
