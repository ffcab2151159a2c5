// node packageProxyHalf.mjs SOCKET HOST [PROXY]: an HTTP forward proxy on a Unix socket, for one host's sake; through another
// proxy where this machine has to.
import { createServer, request } from "node:http";

const [socket, host, upstream] = process.argv.slice(2);
process.on("disconnect", () => process.exit());

createServer((asked, answer) => {
  let url;
  try {
    url = new URL(asked.url);
  } catch {
    return answer.writeHead(400).end();
  }
  if (url.host !== host || asked.method !== "GET") return answer.writeHead(403).end();
  const way = upstream
    ? { host: new URL(upstream).hostname, port: new URL(upstream).port, path: url.href }
    : url;
  const { connection: _, "proxy-connection": __, ...headers } = asked.headers;
  const sent = request(way, { headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  sent.on("error", (error) =>
    answer.headersSent ? answer.destroy() : answer.writeHead(502).end(error.message),
  );
  sent.end();
}).listen(socket);
