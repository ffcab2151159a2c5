"""Ironic's library, told what to do by a test: a JSON list [operation, arguments...] per line in, an answer per line out."""

import json
import os
import sys

import sushy
from sushy import auth, exceptions

connection = None


def enter(url, user, kind, verify=True, password=None):
    """Log in, with the password that the environment has unless a wrong one is given."""
    global connection
    password = password or os.environ["REDFISH_PASSWORD"]
    kinds = {
        "basic": auth.BasicAuth,
        "session": auth.SessionAuth,
        "auto": auth.SessionOrBasicAuth,
    }
    connection = sushy.Sushy(
        url,
        auth=kinds[kind](username=user, password=password),
        verify=verify,
        server_side_retries=3,
        server_side_retries_delay=0.05,
    )
    return connection.redfish_version


def leave():
    connection._auth.close()


def systems():
    return [s.identity for s in connection.get_system_collection().get_members()]


def system(key):
    return connection.get_system("/redfish/v1/Systems/" + key)


def inspect(key):
    """What ironic/drivers/modules/redfish/inspect.py asks a system for."""
    found = system(key)
    return {
        "uuid": found.uuid,
        "power": found.power_state.value,
        "memoryGiB": found.memory_summary.size_gib,
        "cpus": found.processors.summary.count,
        "architecture": found.processors.get_members()[0].instruction_set.value,
        "disks": found.simple_storage.disks_sizes_bytes,
        "macs": found.ethernet_interfaces.summary and {
            mac: state.value for mac, state in found.ethernet_interfaces.summary.items()
        },
        "mode": found.boot.mode.value,
        "vendor": found.manufacturer,
        "managers": [manager.identity for manager in found.managers],
        "chassis": [chassis.identity for chassis in found.chassis],
        "pcie": len(found.pcie_devices.get_members()),
    }


def power(key):
    return system(key).power_state.value


def allowed_resets(key):
    return sorted(v.value for v in system(key).get_allowed_reset_system_values())


def reset(key, kind):
    system(key).reset_system(sushy.ResetType(kind))


def boot(key):
    found = system(key).boot
    return [found.target.value, found.enabled.value, found.mode.value]


def set_boot(key, target=None, enabled=None, mode=None):
    system(key).set_system_boot_options(
        target and sushy.BootSource(target),
        enabled and sushy.BootSourceOverrideEnabled(enabled),
        mode and sushy.BootSourceOverrideMode(mode),
    )


def drive(owner, key):
    parent = system(key) if owner == "system" else connection.get_manager("/redfish/v1/Managers/" + key)
    return next(d for d in parent.virtual_media.get_members() if sushy.VIRTUAL_MEDIA_CD in d.media_types)


def media(owner, key):
    found = drive(owner, key)
    return [found.image, found.inserted, found.write_protected]


def insert(owner, key, url, username=None):
    drive(owner, key).insert_media(url, username=username, password=username)


def eject(owner, key):
    drive(owner, key).eject_media()


def sessions():
    return len(connection.get_session_service().sessions.members_identities)


operations = dict(globals())

for line in sys.stdin:
    name, *arguments = json.loads(line)
    try:
        answer = {"value": operations[name](*arguments)}
    except exceptions.HTTPError as error:
        answer = {"error": type(error).__name__, "status": error.status_code, "text": str(error)}
    except Exception as error:
        answer = {"error": type(error).__name__, "text": str(error)}
    print(json.dumps(answer), flush=True)
