import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { password, startServer, username, uuid } from "../../../../support/ipmiClient";

/** The python of a venv in the cache folder, where CI puts the clients, or the one on PATH. */
const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
const inCache = join(cache, "ovb", "python-bmc-clients", "bin", "python");
const python = existsSync(inCache) ? inCache : "python3";
const missing = spawnSync(python, ["-c", "import pyghmi.ipmi.command"]).status !== 0;
const title = "pyghmi's client: power, boot device, inventory, users";
const skipped = `${title}: skipped, there is no pyghmi (python3 -m venv ${inCache.replace("/bin/python", "")}, pip install pyghmi)`;

/** Prints what each call returned as JSON. The password comes by the environment. */
const script = `
import json, os, sys
from pyghmi.ipmi import command
bmc = command.Command(bmc="127.0.0.1", userid=sys.argv[2], password=os.environ["SECRET"], port=int(sys.argv[1]))
done = {}
done["power"] = bmc.get_power()
done["set_bootdev"] = bmc.set_bootdev("network", persist=True, uefiboot=True)
done["get_bootdev"] = bmc.get_bootdev()
done["off"] = bmc.set_power("off", wait=5)
done["on"] = bmc.set_power("on", wait=5)
done["reset"] = bmc.set_power("reset")
done["default"] = bmc.set_bootdev("default")
done["default_bootdev"] = bmc.get_bootdev()
done["inventory"] = dict(bmc.get_inventory())["System"]
done["health"] = bmc.get_health()
done["sensors"] = list(bmc.get_sensor_data())
done["events"] = list(bmc.get_event_log())
done["users"] = {str(uid): user["name"] for uid, user in bmc.get_users().items()}
done["channel"] = bmc.get_channel_info()["session_support"]
done["suite"] = bmc.ipmi_session.attemptedhash
bmc.reset_bmc()
print(json.dumps(done, default=str), flush=True)
os._exit(0)  # without waiting for its keep-alive thread
`;

test.skipIf(missing)(missing ? skipped : title, async () => {
  const { server, machine } = await startServer();
  const env = { PATH: process.env.PATH, SECRET: password };
  const { out, err } = await new Promise<{ out: string; err: string }>((resolve) => {
    const args = ["-c", script, `${server.port}`, username];
    execFile(python, args, { env, timeout: 60_000 }, (_error, out, err) => resolve({ out, err }));
  });
  await server.close();
  expect(err).toBe("");
  const done = JSON.parse(out);
  expect(done).toMatchObject({
    power: { powerstate: "on" },
    set_bootdev: { bootdev: "network" },
    get_bootdev: { bootdev: "network", persistent: true, uefimode: true },
    off: { powerstate: "off" },
    on: { powerstate: "on" },
    reset: { pendingpowerstate: "reset" },
    default: { bootdev: "default" },
    default_bootdev: { bootdev: "default", persistent: true },
    health: { badreadings: [], health: 0 },
    sensors: [],
    events: [],
    users: { "2": username },
    channel: "multi",
    suite: 256,
  });
  expect(done.inventory).toMatchObject({ "Product name": "node-0", UUID: uuid.toUpperCase() });
  expect(machine.changes).toEqual(["off", "on", "reset"]);
  expect(server.sessions).toBe(0);
});
