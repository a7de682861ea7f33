// The client of Phoenix Channels, which every Dust client is built on or modelled after, follows and changes a store.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Presence, Socket } from "phoenix";
import { expect, test } from "vitest";
import WebSocket from "ws";
import { cleanUps, end, freePort, serve } from "./server.mjs";

const PATIENCE_MS = 30_000;
const baseUrl = process.env.VARVE_BASE_URL;
const newTopic = () => `store:phoenix/${randomUUID()}`;

/** A connected socket. */
async function connect(url = baseUrl, options = {}) {
  const socket = new Socket(`${url.replace("http", "ws")}/ws/sync`, {
    transport: WebSocket,
    params: { token: "any", device_id: `dev_${randomUUID()}`, capver: 3 },
    reconnectAfterMs: () => 50,
    rejoinAfterMs: () => 50,
    ...options,
  });
  cleanUps.push(() => new Promise((resolve) => socket.disconnect(resolve)));
  const opened = new Promise((resolve, reject) => {
    socket.onOpen(resolve);
    socket.onError((error) => reject(error));
  });
  socket.connect();
  await opened;
  return socket;
}

/** The answer to a push: its response, or an error with the reason. */
function answer(push) {
  return new Promise((resolve, reject) => {
    push
      .receive("ok", resolve)
      .receive("error", (response) => reject(Object.assign(new Error(response.reason), response)))
      .receive("timeout", () => reject(new Error("timeout")));
  });
}

/** A channel that remembers where it is and what it was told. */
function follow(socket, topic) {
  const events = [];
  const completions = [];
  const channel = socket.channel(topic, () => ({ last_store_seq: events.at(-1)?.store_seq ?? 0 }));
  channel.on("event", (event) => events.push(event));
  channel.on("catch_up_complete", (payload) => completions.push(payload.through_seq));
  return { channel, events, completions };
}

async function until(condition) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    expect(Date.now()).toBeLessThan(deadline);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const set = (path, value, more = {}) => ({
  op: "set",
  path,
  path_segments: path.split("/"),
  value,
  client_op_id: randomUUID(),
  ...more,
});
const seqs = (events) => events.map((event) => event.store_seq);

test("a channel is joined, told to be complete, and takes writes", async () => {
  const { channel, events, completions } = follow(await connect(), newTopic());
  const joined = await answer(channel.join());
  expect(joined).toMatchObject({ store_seq: 0, capver: 3, capver_min: 3, permissions: { read: true, write: true } });
  await until(() => completions.length === 1);
  const op = set("posts/hello.world/title", "Hello");
  expect(await answer(channel.push("write", op))).toEqual({ store_seq: 1 });
  expect(events).toEqual([
    {
      store_seq: 1,
      op: "set",
      path: "posts/hello.world/title",
      path_segments: ["posts", "hello.world", "title"],
      value: "Hello",
      device_id: expect.stringMatching(/^dev_/),
      client_op_id: op.client_op_id,
    },
  ]);
});

test("a refused write tells why", async () => {
  const { channel } = follow(await connect(), newTopic());
  await answer(channel.join());
  await answer(channel.push("write", set("a", 1)));
  await expect(answer(channel.push("write", set("a", 2, { if_match: 9 })))).rejects.toMatchObject({
    reason: "conflict",
    current_revision: 1,
  });
});

test("every member is told every change once and in order", async () => {
  const topic = newTopic();
  const members = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const member = follow(await connect(), topic);
      await answer(member.channel.join());
      return member;
    }),
  );
  await Promise.all(
    members.flatMap(({ channel }) =>
      Array.from({ length: 50 }, () =>
        answer(channel.push("write", { op: "increment", path: "n", value: 1, client_op_id: randomUUID() })),
      ),
    ),
  );
  for (const { events } of members) {
    await until(() => events.length === 200);
    expect(seqs(events)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(events.map((event) => event.value)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  }
});

test("a channel that has left is told nothing, and joins again where it was", async () => {
  const topic = newTopic();
  const socket = await connect();
  const writer = follow(await connect(), topic);
  await answer(writer.channel.join());
  const reader = follow(socket, topic);
  await answer(reader.channel.join());
  await answer(writer.channel.push("write", set("a", 1)));
  await until(() => reader.events.length === 1);
  await answer(reader.channel.leave());
  await answer(writer.channel.push("write", set("a", 2)));
  expect(seqs(reader.events)).toEqual([1]);
  const again = socket.channel(topic, { last_store_seq: 1 });
  const told = [];
  again.on("event", (event) => told.push(event));
  expect(await answer(again.join())).toMatchObject({ store_seq: 2 });
  await until(() => told.length === 1);
  expect(seqs(told)).toEqual([2]);
});

test("a topic that is joined twice on one socket closes the first channel", async () => {
  const topic = newTopic();
  const socket = await connect();
  const first = follow(socket, topic);
  let closed = 0;
  first.channel.onClose(() => closed++);
  await answer(first.channel.join());
  // A second channel object would leave the first by itself, so this goes past the client's channels.
  const ref = socket.makeRef();
  socket.push({ topic, event: "phx_join", payload: { last_store_seq: 0 }, ref, join_ref: ref });
  await until(() => closed === 1);
  const second = follow(socket, topic);
  await answer(second.channel.join());
  await answer(second.channel.push("write", set("a", 1)));
  expect(seqs(second.events)).toEqual([1]);
  expect(first.events).toEqual([]);
});

test("a channel that was killed by an unknown event joins again by itself and misses nothing", async () => {
  const topic = newTopic();
  const { channel, events, completions } = follow(await connect(), topic);
  await answer(channel.join());
  await answer(channel.push("write", set("a", 1)));
  let errors = 0;
  channel.onError(() => errors++);
  channel.push("nonsense", {});
  await until(() => errors === 1 && completions.length === 2);
  await answer(channel.push("write", set("a", 2)));
  expect(seqs(events)).toEqual([1, 2]);
});

/** A channel with presence: the client's own bookkeeping, and what it was told. */
async function present(device, topic, meta) {
  const socket = await connect(baseUrl, { params: { token: "any", device_id: device, capver: 3 } });
  const channel = socket.channel(topic, { last_store_seq: 0, presence: meta ? { meta } : true });
  const presence = new Presence(channel);
  const told = [];
  presence.onJoin((id, before, now) => told.push(["join", id, before?.metas.length ?? 0, now.metas.length]));
  presence.onLeave((id, left, gone) => told.push(["leave", id, left.metas.length, gone.metas.length]));
  await answer(channel.join());
  const ids = () => presence.list((id, { metas }) => `${id}:${metas.length}`).sort();
  return { socket, channel, presence, told, ids };
}

test("presence shows who comes and goes, device by device", async () => {
  const topic = newTopic();
  const ann = await present("ann", topic, { name: "Ann" });
  await until(() => ann.ids().join() === "ann:1");
  const bob = await present("bob", topic);
  await until(() => ann.ids().join() === "ann:1,bob:1" && bob.ids().join() === "ann:1,bob:1");
  const [meta] = bob.presence.list((id, { metas }) => metas[0]).filter(({ device_id }) => device_id === "ann");
  expect(meta).toMatchObject({ device_id: "ann", meta: { name: "Ann" }, phx_ref: expect.any(String) });
  expect(Math.abs(meta.online_at - Date.now() / 1000)).toBeLessThan(60);

  const second = await present("bob", topic);
  await until(() => [ann, bob, second].every(({ ids }) => ids().join() === "ann:1,bob:2"));
  await answer(second.channel.leave());
  await until(() => ann.ids().join() === "ann:1,bob:1");
  await new Promise((resolve) => bob.socket.disconnect(resolve));
  await until(() => ann.ids().join() === "ann:1");
  expect(ann.told).toEqual([
    ["join", "ann", 0, 1],
    ["join", "bob", 0, 1],
    ["join", "bob", 1, 1],
    ["leave", "bob", 1, 1],
    ["leave", "bob", 0, 1],
  ]);
});

test("presence is right again after a channel has joined again", async () => {
  const topic = newTopic();
  const ann = await present("ann", topic);
  const bob = await present("bob", topic);
  await until(() => ann.ids().join() === "ann:1,bob:1");
  const before = ann.presence.list((id, { metas }) => metas[0].phx_ref);
  // An unknown event ends the channel, and the client joins again by itself.
  ann.channel.push("nonsense", {});
  await until(() => bob.told.some(([what, id]) => what === "leave" && id === "ann"));
  await until(() => ann.ids().join() === "ann:1,bob:1" && bob.ids().join() === "ann:1,bob:1");
  await until(() => ann.presence.list((id, { metas }) => metas[0].phx_ref).join() !== before.join());
  expect(new Set(ann.presence.list((id, { metas }) => metas[0].phx_ref))).toEqual(
    new Set(bob.presence.list((id, { metas }) => metas[0].phx_ref)),
  );
});

test("presence of fifty that come and go at once agrees in the end", async () => {
  const topic = newTopic();
  const watcher = await present("watcher", topic);
  const others = await Promise.all(Array.from({ length: 50 }, (_, i) => present(`dev-${i}`, topic)));
  await until(() => watcher.ids().length === 51);
  await Promise.all(others.slice(0, 25).map(({ channel }) => answer(channel.leave())));
  const left = ["watcher:1", ...Array.from({ length: 25 }, (_, i) => `dev-${i + 25}:1`)].sort();
  for (const { ids } of [watcher, ...others.slice(25)]) {
    await until(() => ids().join() === left.join());
  }
});

test("heartbeats are answered", async () => {
  const statuses = [];
  const socket = await connect(baseUrl, {
    heartbeatIntervalMs: 50,
    heartbeatCallback: (status) => statuses.push(status),
  });
  let heartbeats = 0;
  socket.onMessage((message) => {
    if (message.topic === "phoenix" && message.payload.status === "ok") heartbeats++;
  });
  await until(() => heartbeats >= 3);
  expect(statuses).not.toContain("timeout");
});

test("a socket without a token, or of an old version, is refused", async () => {
  for (const params of [{ device_id: "d", capver: 3 }, { token: "t", device_id: "d", capver: 2 }]) {
    await expect(connect(baseUrl, { params })).rejects.toBeDefined();
  }
});

test("after a kill and a restart of the server the channel joins again and is told what it missed", async () => {
  const data = mkdtempSync(join(tmpdir(), "varve-phoenix-"));
  cleanUps.push(() => rmSync(data, { recursive: true, force: true }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const topic = newTopic();
  let server = await serve(port, data);
  const reader = follow(await connect(url), topic);
  await answer(reader.channel.join());
  await answer(reader.channel.push("write", { op: "increment", path: "n", value: 5, client_op_id: "first" }));
  await answer(reader.channel.push("write", { op: "increment", path: "n", value: 3, client_op_id: "second" }));
  await end(server, "SIGKILL");
  server = await serve(port, data);
  const writer = follow(await connect(url), topic);
  await answer(writer.channel.join());
  await answer(writer.channel.push("write", set("after", true)));
  await until(() => reader.events.length === 3);
  expect(seqs(reader.events)).toEqual([1, 2, 3]);
  expect(reader.events.map((event) => event.value)).toEqual([5, 8, true]);
  expect(seqs(writer.events)).toEqual([1, 2, 3]);
  // The same op again, as after a lost answer: done once, answered as before.
  expect(
    await answer(reader.channel.push("write", { op: "increment", path: "n", value: 3, client_op_id: "second" })),
  ).toEqual({ store_seq: 2 });
  await end(server, "SIGTERM");
}, 120_000);
