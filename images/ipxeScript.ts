/**
 * The script iPXE runs on a node, in place of its own `autoboot`, because that one
 * - gives up after the last NIC and drops to a prompt, while a node may well boot before its undercloud is ready;
 * - waits 12 s on every NIC for an IPv6 router that a provisioning network does not have (measured with Debian's
 *   iPXE of 2019: `dhcp` is short for `ifconf`, which waits for IPv6 too unless it is told `--configurator dhcp`).
 * This one tries all NICs in order, for ever, with a pause between rounds that grows to 10 s.
 * @param returned what to do when the fetched script ends by itself, as commands; then comes the next round.
 */
export function ipxeScript(returned: readonly string[]): string {
  return `#!ipxe
echo OVB: iPXE \${version} on \${platform}
set pause:int32 1

:round
set nic:int32 0

:nic
isset \${net\${nic}/mac} || goto pause
echo OVB: net\${nic} \${net\${nic}/mac} asks for an address
ifconf --configurator dhcp net\${nic} || goto next
isset \${net\${nic}/filename} && goto fetch ||
echo OVB: net\${nic} \${net\${nic}/ip} was given no boot file
goto next

:fetch
echo OVB: net\${nic} \${net\${nic}/mac} \${net\${nic}/ip} boots \${net\${nic}/filename} (MTU \${net\${nic}/mtu})
chain --autofree \${net\${nic}/filename} && goto returned ||
echo OVB: boot file failed: \${errno}

:next
ifclose net\${nic}
inc nic
goto nic

:returned
echo OVB: the boot file returned
${returned.map((command) => `${command}\n`).join("")}ifclose

:pause
echo OVB: again in \${pause} s
sleep \${pause}
iseq \${pause} 10 || inc pause
goto round
`;
}
