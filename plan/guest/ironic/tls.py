import asyncio, base64, hashlib, hmac, json, os, re, ssl, sys

from ovb_ironic_settings import check, has, most_bytes, places, read, username, write

status = "@STATUS@"
patience = 60
most_head_bytes = 65536


class Refused(Exception):
    """An HTTP status and what to say."""


def credential(name):
    with open(os.path.join(os.environ["CREDENTIALS_DIRECTORY"], name), "rb") as file:
        return file.read()


def current():
    """What was put last, or what the VM was made with."""
    put = os.path.join(os.environ["STATE_DIRECTORY"], "settings.json")
    return read(put) if os.path.lexists(put) else credential("settings.json")


def put(content):
    folder = os.environ["STATE_DIRECTORY"]
    write(os.path.join(folder, "settings.json"), content)
    write(os.path.join(folder, "pending"), b"")


def shown():
    content = current()
    try:
        with open(status) as file:
            said = json.load(file)
    except OSError:
        said = {}
    if said.get("of") != hashlib.sha256(content).hexdigest():
        said = {"state": "applying", "why": ""}  # root has not begun
    return {"settings": json.loads(content), "state": said["state"], "why": said["why"], "files": has()}


def may(authorization):
    kind, _, text = authorization.partition(b" ")
    try:
        given = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return False
    wanted = username.encode() + b":" + credential("password").strip()
    return kind.lower() == b"basic" and hmac.compare_digest(given, wanted)


async def read_head(reader):
    head, size = {}, 0
    while (line := await reader.readline()).strip():
        size += len(line)
        if size > most_head_bytes:
            raise Refused("431 Request Header Fields Too Large", "the head is too large")
        name, _, value = line.partition(b":")
        head[name.strip().lower()] = value.strip()
    if not may(head.get(b"authorization", b"")):
        await asyncio.sleep(1)
        raise Refused("401 Unauthorized", "the user name or password is another")
    return head


async def settings(method, reader):
    """An HTTP status and what to say."""
    head = await read_head(reader)
    if method == b"GET":
        return "200 OK", shown()
    length = head.get(b"content-length", b"")
    if not length.isdigit() or b"transfer-encoding" in head:
        return "411 Length Required", "say how long it is"
    if len(length) > 9 or int(length) > most_bytes:
        return "413 Content Too Large", "more than %d bytes" % most_bytes
    content = await reader.readexactly(int(length))
    try:
        check(content)
    except ValueError as error:
        return "400 Bad Request", str(error)
    put(content)
    return "202 Accepted", shown()


async def take(name, wanted, reader):
    """A file that is brought, for root to take over: streamed to the disk, and checked."""
    head = await asyncio.wait_for(read_head(reader), patience)
    length = head.get(b"content-length", b"")
    if not length.isdigit() or b"transfer-encoding" in head:
        return "411 Length Required", "say how long it is"
    folder = os.environ["STATE_DIRECTORY"]
    left, disk = int(length[:15]), os.statvfs(folder)
    # Root copies it before it lets go of this one.
    if 2 * left > disk.f_bavail * disk.f_frsize:
        return "507 Insufficient Storage", "its disk has no room for twice %d MiB" % (left >> 20)
    path, digest = os.path.join(folder, "brought-" + name), hashlib.sha256()
    with open(path + ".new", "wb") as file:
        while left > 0:
            part = await asyncio.wait_for(reader.read(min(left, 1 << 18)), patience)
            if not part:
                raise EOFError
            left -= len(part)
            digest.update(part)
            file.write(part)
    if digest.hexdigest() != wanted:
        os.unlink(path + ".new")
        return "400 Bad Request", "it has another SHA-256 than %s" % wanted
    write(path + ".sha256", wanted.encode())
    os.replace(path + ".new", path)
    write(os.path.join(folder, "pending"), b"")
    return "201 Created", {}


async def answer(doing, writer):
    try:
        try:
            status_line, said = await doing
        except Refused as error:
            status_line, said = error.args
        if isinstance(said, str):  # as Ironic says it
            said = {"error_message": json.dumps({"faultstring": said})}
        content = json.dumps(said).encode()
        head = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write((head % (status_line, len(content))).encode() + content)
        await writer.drain()
    except (OSError, ValueError, EOFError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (OSError, ssl.SSLError):
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    try:
        first = await asyncio.wait_for(reader.readline(), patience)
    except (OSError, ValueError, asyncio.TimeoutError):
        writer.close()
        return
    method, path, *_ = *first.split(), b"", b""
    if path == b"/ovb/settings" and method in (b"GET", b"PUT"):
        await answer(asyncio.wait_for(settings(method, reader), patience), writer)
        return
    name, wanted = re.fullmatch("(?:/ovb/files/(%s)/([0-9a-f]{64}))?.*" % "|".join(places), path.decode("latin1")).groups()
    if name and method == b"PUT":
        await answer(take(name, wanted, reader), writer)
        return
    try:
        inner_reader, inner_writer = await asyncio.open_connection(*upstream)
    except OSError:
        writer.close()
        return
    inner_writer.write(first)
    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    folder = os.environ["CREDENTIALS_DIRECTORY"]
    context.load_cert_chain(folder + "/tls.crt", folder + "/tls.key")
    server = await asyncio.start_server(serve, port=port, ssl=context, limit=1 << 18)
    print("listening on", port, flush=True)
    await server.serve_forever()


port, upstream = int(sys.argv[1]), (sys.argv[2], int(sys.argv[3]))
asyncio.run(main())
