import { authFromEnvironment, CredentialsError } from "../../openstack/auth";
import { Session } from "../../openstack/session";
import { namesCloud, noCloud } from "../stack/environment";

/** What a command is handed from outside: main()'s caller decides, such as a test that has a cloud of its own. */
export interface Outside {
  /** On the cloud that the command is about. @throws CredentialsError */
  session(): Session;
  /** TCP port of SSH on the lab's servers. @default 22 */
  readonly sshPort?: number;
}

/** The cloud that the environment names. */
export const environmentsCloud: Outside = {
  session: () => {
    if (!namesCloud(process.env)) throw new CredentialsError([noCloud()]);
    return new Session(authFromEnvironment());
  },
};
