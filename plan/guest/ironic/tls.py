import asyncio, os, ssl, sys

port, upstream = int(sys.argv[1]), (sys.argv[2], int(sys.argv[3]))
secrets = os.environ["CREDENTIALS_DIRECTORY"]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(secrets + "/tls.crt", secrets + "/tls.key")


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
        inner_reader, inner_writer = await asyncio.open_connection(*upstream)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


async def main():
    server = await asyncio.start_server(serve, port=port, ssl=context)
    print("listening on", port, flush=True)
    await server.serve_forever()


asyncio.run(main())
