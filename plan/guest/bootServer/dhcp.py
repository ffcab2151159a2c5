import ipaddress, json, socket, struct, subprocess, sys

MAGIC = b"\x63\x82\x53\x63"
DISCOVER, OFFER, REQUEST, ACK, NAK, INFORM = 1, 2, 3, 5, 6, 8
LEASE = 86400  # seconds


def options_of(packet):
    found, at = {}, 240
    while at < len(packet) and packet[at] != 255:
        if packet[at] == 0:
            at += 1
            continue
        if at + 1 >= len(packet):
            break
        length = packet[at + 1]
        found[packet[at]] = packet[at + 2 : at + 2 + length]
        at += 2 + length
    return found


def number(address):
    return int(ipaddress.IPv4Address(address))


def address_of(mac, config):
    """The planned address of a node's MAC, as a number; None for any other MAC."""
    network = ipaddress.IPv4Network(config["cidr"])
    offset = mac - int(config["firstMac"].replace(":", ""), 16)
    if not 0 < offset < network.num_addresses - 1:
        return None
    return int(network.network_address) + offset


def answer(packet, config):
    """The answer to a DHCP message and its kind; (None, None) for what is none of ours."""
    if len(packet) < 241 or packet[0] != 1 or packet[1:3] != b"\x01\x06" or packet[236:240] != MAGIC:
        return None, None
    mac = int.from_bytes(packet[28:34], "big")
    planned = address_of(mac, config)
    asked = options_of(packet)
    own = number(config["address"])
    server = asked.get(54)
    if planned is None or (server is not None and int.from_bytes(server, "big") != own):
        return None, None
    current = int.from_bytes(packet[12:16], "big")
    kind = {DISCOVER: OFFER, REQUEST: ACK, INFORM: ACK}.get(asked.get(53, b"\0")[0])
    wanted = int.from_bytes(asked[50], "big") if 50 in asked else current
    if kind == ACK and wanted not in (0, planned):
        kind = NAK
    if kind is None:
        return None, None
    given = 0 if kind == NAK or asked[53][0] == INFORM else planned
    head = struct.pack("!BBBB4sHHIIII", 2, 1, 6, 0, packet[4:8], 0, 0x8000, current, given, own, 0)
    out = head + packet[28:44] + bytes(192) + MAGIC

    def option(code, value):
        nonlocal out
        out += bytes([code, len(value)]) + value

    word = lambda value: struct.pack("!I", value)
    option(53, bytes([kind]))
    option(54, word(own))
    if kind != NAK:
        if given:
            option(51, word(LEASE))
        option(1, ipaddress.IPv4Network(config["cidr"]).netmask.packed)
        option(26, struct.pack("!H", config["mtu"]))
        if config["dns"]:
            option(6, b"".join(word(number(one)) for one in config["dns"]))
        # @if gateway
        gateway = word(number(config["gateway"]))
        option(3, gateway)
        if config["metadata"]:
            # With option 121 a client leaves option 3 out (RFC 3442): the default route is in both.
            option(121, b"\x20" + word(number(config["metadata"])) + word(own) + b"\x00" + gateway)
        # @end
        # @unless gateway
        if config["metadata"]:
            option(121, b"\x20" + word(number(config["metadata"])) + word(own))
        # @end
        option(66, config["address"].encode())
        option(67, config["bootFile"].encode())
    # BOOTP's least size; some boot ROMs drop anything shorter (RFC 1542, 2.1).
    return (out + b"\xff").ljust(300, b"\0"), {OFFER: "offer", ACK: "ack", NAK: "nak"}[kind]


def nic_with(address):
    text = subprocess.run(
        ["ip", "-o", "-4", "address", "show", "to", address + "/32"], capture_output=True, text=True, check=True
    ).stdout
    if not text:
        sys.exit("no NIC has " + address + " yet")
    return text.split()[1]


def main():
    with open(sys.argv[1]) as file:
        config = json.load(file)
    nic = nic_with(config["address"])
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, nic.encode())
    server.bind(("", 67))
    print("ovb-dhcp: serving on", nic)
    while True:
        packet, _ = server.recvfrom(2048)
        out, kind = answer(packet, config)
        if out is None:
            continue
        current = socket.inet_ntoa(packet[12:16])
        server.sendto(out, ("255.255.255.255" if current == "0.0.0.0" or kind == "nak" else current, 68))
        print("ovb-dhcp:", kind, packet[28:34].hex(":"), socket.inet_ntoa(out[16:20]))


if __name__ == "__main__":
    main()
