import { z } from "zod";

/** It stands in files of the VM's package managers, in the plan and on consoles, so that nothing secret may be in it. */
const plainUrl = (more: RegExp, example: string) =>
  z
    .string()
    .regex(
      more,
      `must be an http or https URL such as ${example}, without user, password and query: it is shown on consoles`,
    );

const path = /^https?:\/\/[A-Za-z0-9.:[\]-]+(\/[A-Za-z0-9._~%+/-]*)?$/;
const origin = /^https?:\/\/[A-Za-z0-9.:[\]-]+\/?$/;

export const packages = z
  .strictObject({
    mirror: plainUrl(path, "http://mirror.example/debian")
      .optional()
      .describe(
        "A mirror of the image's distribution (Debian, Ubuntu), in place of the image's own package sources; its release " +
          "alone is used. CentOS's is the image's affair.",
      ),
    proxy: plainUrl(origin, "http://proxy.example:3128")
      .optional()
      .describe("An HTTP proxy that apt, dnf and pip go through."),
    pypi: plainUrl(path, "https://mirror.example/simple")
      .optional()
      .describe(
        "An index in place of PyPI, for releases whose packages have no Ironic that fits (Debian 12, Ubuntu, CentOS).",
      ),
  })
  .optional()
  .describe(
    "The way to packages for the undercloud of kind `ironic` and the BMC's VM, where their images lack what they run. " +
      "Default: the image's own sources, directly. Another way replaces both VMs.",
  );
