// A receiver of its own is told every change of a store, although the server is killed in between, again and again.
import { createHmac, createPublicKey, randomUUID, verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanUps, end, freePort, serve } from "./server.mjs";

const KILLS = 5;
const PATIENCE_MS = 60_000;

test("kill -9 loses no change and no webhook", async () => {
  const data = mkdtempSync(join(tmpdir(), "varve-webhooks-"));
  cleanUps.push(() => rmSync(data, { recursive: true, force: true }));
  const port = await freePort();
  const store = `http://127.0.0.1:${port}/api/stores/acme/${randomUUID()}`;
  const calls = [];
  const receiver = await receive(calls);
  let server = await serve(port, data);
  await send("PUT", `${store}/entries/before`, 0);
  const webhook = await send("POST", `${store}/webhooks`, { url: receiver });
  expect(webhook.secret).toMatch(/^whsec_[0-9a-f]{64}$/);

  let acknowledged = 1;
  for (let kill = 0; kill < KILLS; kill++) {
    const heard = calls.length;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        try {
          acknowledged = (await send("PUT", `${store}/entries/n`, acknowledged)).store_seq;
        } catch {
          return; // killed
        }
      }
    })();
    await until(() => calls.length >= heard + 10);
    await end(server, "SIGKILL");
    writing = false;
    await writer;
    server = await serve(port, data);
  }

  const { current_seq: last } = await send("GET", `${store}/status`);
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  await until(() => calls.at(-1)?.store_seq === last);
  // In order, each at least once: what comes again after a kill was told before.
  let told = 1;
  for (const { store_seq } of calls) {
    expect(store_seq).toBeLessThanOrEqual(told + 1);
    told = Math.max(told, store_seq);
  }
  expect(told).toBe(last);

  const { keys } = await send("GET", `http://127.0.0.1:${port}/v1/stream/__ds/jwks.json`);
  for (const { body, headers } of calls) {
    const hmac = createHmac("sha256", webhook.secret).update(body).digest("hex");
    expect(headers["x-dust-signature"]).toBe(`sha256=${hmac}`);
    const [, time, kid, signature] = headers["webhook-signature"].match(/^t=(\d+),kid=([^,]+),ed25519=(.+)$/);
    const key = createPublicKey({ key: keys.find((known) => known.kid === kid), format: "jwk" });
    const signed = Buffer.concat([Buffer.from(`${time}.`), body]);
    expect(verify(null, signed, key, Buffer.from(signature, "base64url"))).toBe(true);
  }
  const [kept] = (await send("GET", `${store}/webhooks`)).webhooks;
  expect(kept).toMatchObject({ id: webhook.id, active: true, failure_count: 0 });
  await end(server, "SIGTERM");
}, 300_000);

/** A receiver that takes everything, and writes down what it was sent. */
function receive(calls) {
  return new Promise((resolve) => {
    const receiver = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts);
      calls.push({ body, headers: request.headers, store_seq: JSON.parse(body).store_seq });
      response.writeHead(204).end();
    });
    cleanUps.push(() => new Promise((done) => receiver.close(done)));
    receiver.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${receiver.address().port}/`));
  });
}

async function send(method, url, body) {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}

async function until(condition) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    expect(Date.now()).toBeLessThan(deadline);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
