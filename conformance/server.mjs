// A server of its own for one test, and what is undone after it.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { afterEach, expect } from "vitest";

/** Called after the test, the last one first. */
export const cleanUps = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) {
    await cleanUp();
  }
});

/** Starts the server under test; it ends with the test at the latest. */
export async function serve(port, data) {
  const [program, ...args] = JSON.parse(process.env.VARVE_COMMAND);
  const words = args.map((word) => word.replaceAll("{port}", port).replaceAll("{data}", data));
  const server = spawn(program, words, { stdio: "ignore" });
  cleanUps.push(() => end(server, "SIGKILL"));
  for (let ready = false; !ready; ) {
    expect(server.exitCode).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 50));
    ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
  }
  return server;
}

/** Ends a server and waits until it is gone. */
export async function end(server, signal) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal);
  await gone;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
