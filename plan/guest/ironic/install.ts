import { fill, guestFile } from "../guestFile";
import { pinned, pins } from "./pins";

/** Where Ironic, IPA's kernel and RAM disk and the image to deploy are on an undercloud. */
export const ironicFolder = "/opt/ovb/ironic";

/** An empty database with Ironic's tables: to start the program that makes it takes a minute under emulation. */
export const emptyDatabase = `${ironicFolder}/empty.sqlite`;

/** What an image that has Ironic in it keeps this script under, and where user data writes it otherwise. */
export const installScriptPath = `${ironicFolder}/install.sh`;

/** IPA's and werkzeug's alone are left out: nothing on an undercloud asks for them. */
const constraints = pins.filter((pin) => !/^(ironic-python-agent|pint|pyudev|werkzeug|flex\w+)==/.test(pin));

/**
 * A POSIX shell script, 6 KB, to be run by root: makes /opt/ovb/ironic/venv with bin/{ironic,ironic-dbsync,baremetal,python},
 * an empty database, and installs the distribution's programs that Ironic calls. Does nothing when the venv is complete. Where the
 * distribution packages Ironic in the series that ironic.conf is written for (Debian 13), that one is taken, and "venv" holds
 * links to it; elsewhere (Debian 12, Ubuntu 22.04, CentOS Stream 9 and later) the pinned versions from PyPI. The image
 * `ovb-undercloud` is built by this same script, with PyPI's: half the size.
 * PIP_* and *_proxy in its environment are pip's usual ones.
 */
export const installScript = fill(guestFile("ironic/install.sh"), {
  values: {
    FOLDER: ironicFolder,
    DATABASE: emptyDatabase,
    CONSTRAINTS: constraints.join("\n"),
    IRONIC: pinned("ironic"),
    SERIES: pinned("ironic").split(".")[0]!,
    CLIENT: pinned("python-ironicclient"),
  },
});
