import { ironicFolder } from "../../guest/ironic/install";
import { sandbox } from "../../hardening";
import { apiPort, configFolder, stateFolder } from "./conf";
import { ironicUser, tlsCertificate, tlsKey } from "./setupScript";

export const setupPath = "/usr/local/lib/ovb/ironic-setup.sh";
export const tlsProxyPath = "/usr/local/lib/ovb/ironic-tls.py";

export const setupUnit = `[Unit]
Description=OVB: install and set up Ironic
After=network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh ${setupPath}
TimeoutStartSec=infinity
StandardOutput=journal+console
StandardError=journal+console
`;

/** What both services may not do. */
const hardening = `${sandbox}CapabilityBoundingSet=
`;

/** PATH: ipmitool, qemu-img and genisoimage are the distribution's. */
export const ironicUnit = `[Unit]
Description=OVB: Ironic's API and conductor
Requires=ovb-ironic-setup.service
After=ovb-ironic-setup.service network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=${ironicUser}
Group=${ironicUser}
Environment=PATH=${ironicFolder}/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=${ironicFolder}/venv/bin/ironic --config-file ${configFolder}/ironic.conf
Restart=always
RestartSec=2
KillMode=mixed
TimeoutStopSec=30
ReadWritePaths=${stateFolder}
${hardening}
[Install]
WantedBy=multi-user.target
`;

/** TLS for who comes from outside; what is inside it goes on to the API as it is. */
export function tlsUnit(address: string, port: number): string {
  return `[Unit]
Description=OVB: TLS for Ironic's API
Requires=ovb-ironic-setup.service
After=ovb-ironic-setup.service
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/python3 -u ${tlsProxyPath} ${port} ${address} ${apiPort}
Restart=always
RestartSec=2
DynamicUser=yes
LoadCredential=tls.crt:${tlsCertificate}
LoadCredential=tls.key:${tlsKey}
MemoryMax=128M
${hardening}
[Install]
WantedBy=multi-user.target
`;
}

/** One argument each: port to listen on, address and port to go on to. */
export const tlsProxy = `import asyncio, os, ssl, sys

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
`;
