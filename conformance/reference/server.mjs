// The reference server of the protocol, on a port, until SIGTERM: what the Java client is run against.
//
//   node server.mjs PORT [DATA_DIRECTORY]
import { DurableStreamTestServer } from "@durable-streams/server";

const [port, dataDir] = process.argv.slice(2);
const server = new DurableStreamTestServer({ port: Number(port), host: "127.0.0.1", longPollTimeout: 500, dataDir });
await server.start();
process.on("SIGTERM", () => process.exit(0));
