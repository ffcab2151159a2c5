/**
 * A program in front of ebtables, found first on the PATH. Debian 12's nft-based ebtables 1.8.9 adds rules with
 * --among-src but refuses to delete them ("RULE_DELETE failed (Invalid argument)"). Neutron's linuxbridge agent
 * deletes one at the first update of a port with port security, then retries for ever, reports itself alive and
 * wires no port any more. This deletes such a rule by its number.
 */
export function ebtablesWrapper(): string {
  return `#!/bin/bash
if [[ " $* " == *" -D "*"--among-src"* ]]; then
  words=("$@")
  for i in "\${!words[@]}"; do
    if [ "\${words[$i]}" = -D ]; then chain=\${words[$((i + 1))]} rule="\${words[*]:$((i + 2))}"; fi
  done
  number=$(/usr/sbin/ebtables-nft -t nat -L "$chain" --Ln | awk -v rule="$rule" '{
    line = $0; sub(/^ *[0-9]+[.]? +/, "", line); sub(/ +$/, "", line)
    if (line == rule) { print $1 + 0; exit }
  }')
  [ -n "$number" ] && exec /usr/sbin/ebtables-nft -t nat -D "$chain" "$number"
fi
exec /usr/sbin/ebtables-nft "$@"
`;
}
