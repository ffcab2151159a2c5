"""DHCP and TFTP as a node's firmware speaks them, on the NIC that is named. Standard input: a list in JSON of
{"ask": [{"mac", "type", "options": {code: hex}}]} or {"fetch": [server, file]}; output: what came of each, in JSON."""
import json, socket, struct, sys, time


def frame(mac, xid, kind, options):
    chaddr = bytes.fromhex(mac.replace(":", ""))
    head = struct.pack("!BBBBIHHIIII", 1, 1, 6, 0, xid, 0, 0x8000, 0, 0, 0, 0)
    body = head + chaddr.ljust(208, b"\0") + b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    for code, value in options.items():
        data = bytes.fromhex(value)
        body += bytes([int(code), len(data)]) + data
    body += b"\xff"
    udp = struct.pack("!HHHH", 68, 67, 8 + len(body), 0) + body
    ip = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes(4), b"\xff" * 4))
    total = sum(struct.unpack("!10H", ip))
    total = (total & 0xFFFF) + (total >> 16)
    ip[10:12] = struct.pack("!H", ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF)
    return b"\xff" * 6 + chaddr + b"\x08\x00" + bytes(ip) + udp


def answer_of(packet, xid):
    """Of an Ethernet frame; None where it answers nothing of ours."""
    if packet[12:14] != b"\x08\x00" or packet[23] != 17:
        return None
    udp = packet[14 + (packet[14] & 15) * 4 :]
    bootp = udp[8:]
    if udp[2:4] != b"\x00\x44" or bootp[0] != 2 or struct.unpack("!I", bootp[4:8])[0] != xid:
        return None
    options, at = {}, 240
    while bootp[at] != 255:
        if bootp[at]:
            options[bootp[at]] = bootp[at + 2 : at + 2 + bootp[at + 1]].hex()
            at += 1 + bootp[at + 1]
        at += 1
    text = lambda field: field.split(b"\0")[0].decode()
    return {
        "address": socket.inet_ntoa(bootp[16:20]),
        "next": socket.inet_ntoa(bootp[20:24]),
        "file": text(bootp[108:236]),
        "options": options,
    }


def ask(wire, xid, messages, seconds):
    """Sends all, and ends with the answer to the last: one server answers in order."""
    found = [[] for _ in messages]
    for i, one in enumerate(messages):
        wire.send(frame(one["mac"], xid + i, one["type"], one.get("options", {})))
    end = time.monotonic() + seconds
    while not found[-1] and time.monotonic() < end:
        wire.settimeout(max(0.01, end - time.monotonic()))
        try:
            packet = wire.recv(4096)
        except socket.timeout:
            break
        for i, answers in enumerate(found):
            answer = answer_of(packet, xid + i)
            if answer:
                answers.append(answer)
    return found


def fetch(server, name):
    """The length of a file by TFTP (RFC 1350), or the error's words."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.sendto(b"\0\1" + name.encode() + b"\0octet\0", (server, 69))
    length = 0
    while True:
        packet, peer = sock.recvfrom(2048)
        if packet[1] == 5:
            return packet[4:].split(b"\0")[0].decode()
        length += len(packet) - 4
        sock.sendto(b"\0\4" + packet[2:4], peer)
        if len(packet) < 516:
            return length


def main():
    nic, seconds = sys.argv[1], float(sys.argv[2])
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    wire.bind((nic, 0))
    requests = json.load(sys.stdin)
    answers = [
        fetch(*one["fetch"]) if "fetch" in one else ask(wire, (i + 1) << 16, one["ask"], seconds)
        for i, one in enumerate(requests)
    ]
    print(json.dumps(answers))


main()
