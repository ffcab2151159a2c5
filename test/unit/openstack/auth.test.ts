import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { authFromEnvironment, CredentialsError } from "../../../openstack/auth";
import { authenticationBody } from "../../../openstack/token";

const password = "s3cret-p4ss";

const passwordEnv = {
  OS_AUTH_URL: "https://cloud.example:5000/v3",
  OS_USERNAME: "demo",
  OS_PASSWORD: password,
  OS_USER_DOMAIN_NAME: "Default",
  OS_PROJECT_NAME: "lab",
  OS_PROJECT_DOMAIN_ID: "default",
};

function problemsOf(env: NodeJS.ProcessEnv, cwd = "/nonexistent"): string[] {
  try {
    authFromEnvironment(env, cwd);
  } catch (error) {
    if (error instanceof CredentialsError) return error.problems;
    throw error;
  }
  return [];
}

function bodyOf(env: NodeJS.ProcessEnv): object {
  return authenticationBody(authFromEnvironment(env, "/nonexistent"));
}

describe("from variables", () => {
  it("builds the password body as Keystone wants it", () => {
    expect(bodyOf(passwordEnv)).toEqual({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: "demo", domain: { name: "Default" }, password: password } },
        },
        scope: { project: { name: "lab", domain: { id: "default" } } },
      },
    });
  });

  it("takes user and project by id without domains", () => {
    const env = { OS_AUTH_URL: "http://k", OS_USER_ID: "u1", OS_PASSWORD: password, OS_PROJECT_ID: "p1" };
    expect(bodyOf(env)).toEqual({
      auth: {
        identity: { methods: ["password"], password: { user: { id: "u1", password: password } } },
        scope: { project: { id: "p1" } },
      },
    });
  });

  it("gives the project the user's domain when it has none of its own", () => {
    const { OS_PROJECT_DOMAIN_ID: _, ...env } = passwordEnv;
    expect(bodyOf(env)).toMatchObject({
      auth: { scope: { project: { name: "lab", domain: { name: "Default" } } } },
    });
  });

  it("builds the application credential body by id, without a scope", () => {
    const env = {
      OS_AUTH_URL: "http://k",
      OS_AUTH_TYPE: "v3applicationcredential",
      OS_APPLICATION_CREDENTIAL_ID: "ac1",
      OS_APPLICATION_CREDENTIAL_SECRET: password,
    };
    expect(bodyOf(env)).toEqual({
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "ac1", secret: password },
        },
      },
    });
  });

  it("builds the application credential body by name and user", () => {
    const env = {
      OS_AUTH_URL: "http://k",
      OS_APPLICATION_CREDENTIAL_NAME: "agent",
      OS_APPLICATION_CREDENTIAL_SECRET: password,
      OS_USERNAME: "demo",
      OS_USER_DOMAIN_ID: "default",
    };
    expect(bodyOf(env)).toEqual({
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: {
            name: "agent",
            user: { name: "demo", domain: { id: "default" } },
            secret: password,
          },
        },
      },
    });
  });

  it("builds the token body", () => {
    const env = { OS_AUTH_URL: "http://k", OS_AUTH_TYPE: "v3token", OS_TOKEN: password, OS_PROJECT_ID: "p1" };
    expect(bodyOf(env)).toEqual({
      auth: { identity: { methods: ["token"], token: { id: password } }, scope: { project: { id: "p1" } } },
    });
  });

  it("reads region, interface, CA and verification", () => {
    const env = {
      ...passwordEnv,
      OS_REGION_NAME: "R2",
      OS_INTERFACE: "internalURL",
      OS_CACERT: "~/ca.pem",
      OS_INSECURE: "True",
      HOME: "/home/me",
    };
    expect(authFromEnvironment(env)).toMatchObject({
      region: "R2",
      interface: "internal",
      caFile: "/home/me/ca.pem",
      verify: false,
    });
    expect(authFromEnvironment({ ...env, OS_INSECURE: "false" }).verify).toBe(true);
  });

  it("reports everything that is missing at once", () => {
    const problems = problemsOf({});
    for (const variable of [
      "OS_AUTH_URL",
      "OS_PASSWORD",
      "OS_USERNAME",
      "OS_USER_DOMAIN_NAME",
      "OS_PROJECT_NAME",
    ]) {
      expect(problems.filter((problem) => problem.startsWith(`${variable} is missing`))).toHaveLength(1);
    }
    expect(problems).toHaveLength(5);
    expect(problems[0]).toContain("OS_CLOUD");
  });

  it("reports what an application credential lacks, not a password", () => {
    expect(problemsOf({ OS_AUTH_URL: "http://k", OS_APPLICATION_CREDENTIAL_ID: "x" })).toEqual([
      expect.stringMatching(/^OS_APPLICATION_CREDENTIAL_SECRET is missing/),
    ]);
    expect(problemsOf({ OS_AUTH_URL: "http://k", OS_AUTH_TYPE: "v3applicationcredential" })).toEqual([
      expect.stringMatching(/^OS_APPLICATION_CREDENTIAL_SECRET is missing/),
      expect.stringMatching(/^OS_APPLICATION_CREDENTIAL_ID is missing/),
    ]);
  });

  it.each([
    [{ OS_AUTH_URL: "cloud.example:5000" }, /^OS_AUTH_URL is not an http or https URL/],
    [{ OS_AUTH_URL: "https://k/v3/auth/tokens" }, /^OS_AUTH_URL ends in \/auth\/tokens/],
    [{ OS_AUTH_URL: `http://demo:${password}@k` }, /^OS_AUTH_URL has a user or password in it/],
    [{ OS_AUTH_TYPE: "kerberos" }, /^OS_AUTH_TYPE is "kerberos"/],
    [{ OS_INTERFACE: "outside" }, /^OS_INTERFACE is "outside"/],
  ])("refuses %j", (change, problem) => {
    const problems = problemsOf({ ...passwordEnv, ...change });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toContain(password);
  });

  it("shows no secret in any rendering", () => {
    const auth = authFromEnvironment(passwordEnv);
    const renderings = [
      inspect(auth, { depth: null, showHidden: true }),
      JSON.stringify(auth),
      auth.method.kind === "password" ? `${auth.method.password}` : "",
    ];
    for (const text of renderings) {
      expect(text).toContain("[secret]");
      expect(text).not.toContain(password);
    }
  });
});

describe("from clouds.yaml", () => {
  let root: string;
  const cloud = `
common: &domains
  user_domain_name: Default
  project_domain_name: Default
clouds:
  lab:
    auth:
      <<: *domains
      auth_url: https://lab.example/identity
      username: demo
      project_name: lab
      password: wrong
    region_name: FromFile
    interface: internal
    verify: False
    cacert: /etc/lab-ca.pem
  other: {auth: {auth_url: "https://o.example"}}
`;
  const secure = "clouds: {lab: {auth: {password: 0123}}}";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ovb-clouds-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function put(path: string, text: string): string {
    const file = join(root, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  it("merges secure.yaml from another place, and keeps an unquoted password as typed", () => {
    const file = put("home/.config/openstack/clouds.yaml", cloud);
    put("cwd/secure.yaml", secure);
    const auth = authFromEnvironment({ OS_CLOUD: "lab", HOME: join(root, "home") }, join(root, "cwd"));
    expect(authenticationBody(auth)).toMatchObject({
      auth: {
        identity: { password: { user: { name: "demo", domain: { name: "Default" }, password: "0123" } } },
        scope: { project: { name: "lab", domain: { name: "Default" } } },
      },
    });
    expect(auth).toMatchObject({
      authUrl: "https://lab.example/identity",
      region: "FromFile",
      interface: "internal",
      verify: false,
      caFile: "/etc/lab-ca.pem",
      source: `cloud "lab" of ${file}`,
    });
  });

  it("prefers OS_CLIENT_CONFIG_FILE, then the working directory; the environment wins for region and interface", () => {
    const home = join(root, "home");
    const cwd = join(root, "cwd");
    put("home/.config/openstack/clouds.yaml", cloud.replace("FromFile", "FromHome"));
    put("cwd/clouds.yaml", cloud.replace("FromFile", "FromCwd"));
    const named = put("named.yaml", cloud.replace("FromFile", "FromNamed"));
    expect(authFromEnvironment({ OS_CLOUD: "lab", HOME: home }, root).region).toBe("FromHome");
    expect(authFromEnvironment({ OS_CLOUD: "lab", HOME: home }, cwd).region).toBe("FromCwd");
    const env = { OS_CLOUD: "lab", HOME: home, OS_CLIENT_CONFIG_FILE: named };
    expect(authFromEnvironment(env, cwd).region).toBe("FromNamed");
    const changed = { ...env, OS_REGION_NAME: "FromEnv", OS_INTERFACE: "admin", OS_INSECURE: "0" };
    expect(authFromEnvironment(changed, cwd)).toMatchObject({
      region: "FromEnv",
      interface: "admin",
      verify: true,
    });
  });

  it("reads endpoint_type as interface, and before it, as Pulumi's provider does", () => {
    put(
      "clouds.yaml",
      cloud.replace("interface: internal", "interface: public\n    endpoint_type: internalURL"),
    );
    expect(authFromEnvironment({ OS_CLOUD: "lab", HOME: root }, root).interface).toBe("internal");
  });

  it("merges the chosen region's values", () => {
    const regions = [
      "    regions:",
      "      - {name: R1, values: {auth: {auth_url: https://r1.example}}}",
      "      - {name: R2, values: {auth: {auth_url: https://r2.example}, interface: admin}}",
      "",
    ].join("\n");
    put("clouds.yaml", cloud.replace("    region_name: FromFile\n", regions));
    const env = { OS_CLOUD: "lab", HOME: root };
    expect(authFromEnvironment(env, root)).toMatchObject({ region: "R1", authUrl: "https://r1.example" });
    expect(authFromEnvironment({ ...env, OS_REGION_NAME: "R2" }, root)).toMatchObject({
      ...{ region: "R2", authUrl: "https://r2.example", interface: "admin" },
    });
  });

  it("takes a password that the file lacks from the environment, but no other identity", () => {
    put("clouds.yaml", cloud.replace("      password: wrong\n", ""));
    const env = { OS_CLOUD: "lab", HOME: root, OS_PASSWORD: password, OS_USERNAME: "somebody-else" };
    expect(authenticationBody(authFromEnvironment(env, root))).toMatchObject({
      auth: { identity: { password: { user: { name: "demo", password: password } } } },
    });
  });

  it("names the key and the file of what is missing", () => {
    const file = put("clouds.yaml", cloud);
    const problems = problemsOf({ OS_CLOUD: "other", HOME: root }, root);
    expect(problems).toContainEqual(
      expect.stringContaining(`clouds.other.auth.username in ${file} is missing`),
    );
    expect(problems).toContainEqual(expect.stringContaining("or OS_PASSWORD is missing"));
  });

  it("says which clouds there are, where it looked, and where the YAML is broken, without quoting it", () => {
    const file = put("clouds.yaml", cloud);
    expect(problemsOf({ OS_CLOUD: "lba", HOME: root }, root)).toEqual([
      `OS_CLOUD is "lba", but ${file} has no such cloud. It has: lab, other.`,
    ]);
    put("clouds.yaml", `clouds:\n  lab: {auth: {password: ${password}\n  x: }`);
    const [broken] = problemsOf({ OS_CLOUD: "lab", HOME: root }, root);
    expect(broken).toMatch(/is not valid YAML \(.*line \d/);
    expect(broken).not.toContain(password);
    rmSync(file);
    const [absent] = problemsOf({ OS_CLOUD: "lab", HOME: root }, root);
    expect(absent).toContain(join(root, ".config/openstack/clouds.yaml"));
  });
});
