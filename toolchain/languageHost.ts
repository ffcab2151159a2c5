/**
 * Pulumi's Node.js language host: the small gRPC server which the Pulumi engine starts to run a Node.js program. Pulumi's
 * own comes only with its downloads; this one serves where those are out of reach, beside a CLI built from source.
 * It is bundled into one file, see language-host-bundle.ts. Its command line is the engine's: ADDRESS of the engine as
 * the last argument, the port it listens on as the first line of stdout.
 */
import { fstatSync } from "node:fs";
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as language from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { installedPackages, requiredPlugins } from "./installedPackages";
import { Program } from "./program";

const program = new Program();
let engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";

/** Answers a call with what `answer` returns, or with its error's message. */
function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, reply) => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => reply(null, response),
        (error: Error) => reply({ code: status.UNKNOWN, message: error.message } as ServiceError),
      );
  };
}

/** What preview, up, refresh, destroy, import (without code) and about call. */
const implemented = {
  handshake: unary((request: language.LanguageHandshakeRequest) => {
    engineAddress = request.getEngineAddress() || engineAddress;
    return new language.LanguageHandshakeResponse();
  }),

  getPluginInfo: unary(() => {
    const info = new PluginInfo();
    info.setVersion(version);
    return info;
  }),

  getRequiredPackages: unary((request: language.GetRequiredPackagesRequest) => {
    const response = new language.GetRequiredPackagesResponse();
    for (const { name, version, server } of requiredPlugins(installedPackages(directoryOf(request)))) {
      const dependency = new PackageDependency();
      dependency.setKind("resource");
      dependency.setName(name);
      dependency.setVersion(version);
      dependency.setServer(server);
      response.addPackages(dependency);
    }
    return response;
  }),

  run: unary(async (request: language.RunRequest) => {
    const result = await program.run(request, engineAddress);
    const response = new language.RunResponse();
    response.setError(result.error ?? "");
    response.setBail(result.bail ?? false);
    return response;
  }),

  cancel: unary(async () => {
    await program.cancel();
    return new Empty();
  }),

  about: unary(() => {
    const response = new language.AboutResponse();
    response.setExecutable(process.execPath);
    response.setVersion(process.version);
    return response;
  }),

  getProgramDependencies: unary((request: language.GetProgramDependenciesRequest) => {
    const response = new language.GetProgramDependenciesResponse();
    for (const { name, version, direct } of installedPackages(directoryOf(request))) {
      if (!direct && !request.getTransitivedependencies()) continue;
      const dependency = new language.DependencyInfo();
      dependency.setName(name);
      dependency.setVersion(version);
      response.addDependencies(dependency);
    }
    return response;
  }),
};

function directoryOf(request: { getInfo(): language.ProgramInfo | undefined }): string {
  const directory = request.getInfo()?.getProgramDirectory();
  if (!directory) throw new Error("the engine did not say where the program is");
  return directory;
}

/** The rest is code generation and packaging. UNIMPLEMENTED is what the engine expects from a host that can't. */
const service: UntypedServiceImplementation = Object.fromEntries(
  Object.keys(LanguageRuntimeService).map((method) => [
    method,
    (
      call: { sendMetadata?: unknown; emit?: (event: string, error: ServiceError) => void },
      reply?: unknown,
    ) => {
      const error = {
        code: status.UNIMPLEMENTED,
        message: `${method} needs Pulumi's own Node.js language host (for \`pulumi import\`: add --generate-code=false)`,
      } as ServiceError;
      if (typeof reply === "function") reply(error);
      else call.emit?.("error", error);
    },
  ]),
);
Object.assign(service, implemented);

/** Leaves nothing behind, however the engine goes: by a signal to our group, or by dying. */
let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await program.cancel();
  process.exit(0);
}
process.on("SIGINT", () => {
  // While the engine only cancels the program, the signal we send to our own group comes back here: see Program.cancel.
  if (!program.cancelling) void stop();
});
process.on("SIGTERM", () => void stop());
// The engine keeps the other end of our stdin open for as long as it lives. Started by hand, stdin says nothing.
const stdin = fstatSync(0);
if (stdin.isFIFO() || stdin.isSocket()) process.stdin.on("end", () => void stop()).resume();

// The engine's own limit; a program with large config or many packages passes the 4 MiB that gRPC starts with.
const largestMessage = 400 * 1024 * 1024;
const server = new Server({
  "grpc.max_receive_message_length": largestMessage,
  "grpc.max_send_message_length": largestMessage,
});
server.addService(LanguageRuntimeService, service);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    process.stderr.write(`pulumi-language-nodejs: cannot listen on 127.0.0.1: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});
