// The official client and its State Protocol package keep copies of stores of entries: what they end with is what lists show. And the client follows
// events: what it is told is what reads show.
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { DurableStream, stream } from "@durable-streams/client";
import { MaterializedState, createStateSchema, isChangeEvent } from "@durable-streams/state";
import { createStreamDB } from "@durable-streams/state/db";
import { expect, test } from "vitest";

const base = process.env.VARVE_BASE_URL;
const PATIENCE_MILLIS = 30000;
const newStore = () => `acme/s${randomUUID()}`;
const viewOf = (store, prefix = "") => `${base}/v1/stream/__entries/${store}${prefix}`;

async function send(method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return response.json();
}

const put = (store, path, value, headers) => send("PUT", `/api/stores/${store}/entries/${path}`, value, headers);

/** What the list shows, by path. */
async function listed(store, pattern) {
  const entries = new Map();
  let after = "";
  do {
    const page = await send("GET", `/api/stores/${store}/entries?pattern=${pattern}&limit=1000&after=${after}`);
    page.items.forEach((item) => entries.set(item.path, item));
    after = encodeURIComponent(page.next_cursor ?? "");
  } while (after !== "");
  return entries;
}

/** Keeps a copy of a view; control messages are handled as the protocol says. */
async function follow(url, live) {
  const state = new MaterializedState();
  const controls = [];
  const session = await stream({ url, offset: "-1", live, json: true });
  session.subscribeJson(async (batch) => {
    for (const item of batch.items) {
      if (isChangeEvent(item)) {
        state.apply(item);
      } else {
        controls.push(item.headers.control);
        if (item.headers.control === "reset") {
          state.clear();
        }
      }
    }
  });
  return { state, controls, session };
}

async function becomes(actual, expected) {
  const sorted = (entries) => new Map([...entries].sort());
  const wanted = sorted(expected);
  for (let waited = 0; waited < PATIENCE_MILLIS && !isDeepStrictEqual(sorted(actual()), wanted); waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(sorted(actual())).toEqual(wanted);
}

async function change(store) {
  await put(store, "links/dust", { title: "Dust", tags: ["a"], deep: { x: 1, y: null } });
  await put(store, "other", "not shown");
  await send("POST", `/api/stores/${store}/entries/batch_write`, {
    ops: [
      { op: "merge", path: "links/dust", value: { title: "Dust, live" } },
      { op: "increment", path: "links/visits", value: 5 },
      { op: "increment", path: "links/visits", value: 2 },
      { op: "add", path: "links/readers", value: "ann" },
    ],
  });
  await put(store, "links/dust/deep", "no object any more");
  await send("DELETE", `/api/stores/${store}/entries/links/dust/tags`);
}

for (const live of ["sse", "long-poll"]) {
  test(`a copy of a prefix follows it by ${live}`, async () => {
    const store = newStore();
    await put(store, "links/first", 1);
    const { state, session } = await follow(viewOf(store, "/links"), live);
    await change(store);
    const expected = await listed(store, "links/**");
    expect(expected.size).toBe(5);
    await becomes(() => state.getType("entry"), expected);
    session.cancel();
  });
}

test("a read resumes from its offset, and an archived store ends it", async () => {
  const store = newStore();
  await put(store, "a", 1);
  const first = await stream({ url: viewOf(store), live: false });
  expect(await first.json()).toHaveLength(1);
  await put(store, "b", 2);
  const second = await stream({ url: viewOf(store), offset: first.offset, live: false });
  expect((await second.json()).map((message) => message.key)).toEqual(["b"]);
  await send("POST", `/api/stores/${store}/archive`);
  const session = await stream({ url: viewOf(store), offset: second.offset, live: "sse", json: true });
  session.subscribeJson(async () => {});
  await session.closed;
  expect(session.streamClosed).toBe(true);
});

test("a StreamDB keeps entries as rows, and waits for a write of one's own", async () => {
  const store = newStore();
  await change(store);
  const any = { "~standard": { version: 1, vendor: "none", validate: (value) => ({ value }) } };
  const db = createStreamDB({
    stream: new DurableStream({ url: viewOf(store, "/links"), contentType: "application/json" }),
    state: createStateSchema({ entries: { schema: any, type: "entry", primaryKey: "path" } }),
  });
  await db.preload();
  const rows = () =>
    new Map(db.collections.entries.toArray.map(({ path, value, type, revision }) => [path, { path, value, type, revision }]));
  await becomes(rows, await listed(store, "links/**"));
  const name = `request-${randomUUID()}`;
  await Promise.all([db.utils.awaitTxId(name), put(store, "links/dust", "gone", { "X-Request-Id": name })]);
  await becomes(rows, await listed(store, "links/**"));
  db.close();
});

test("a write too large for a page comes as a snapshot", async () => {
  const store = newStore();
  await put(store, "small", 1);
  const { state, controls, session } = await follow(viewOf(store), "sse");
  // Few values, each twice as long in JSON.
  const large = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`key${i}`, "\n".repeat(100000)]));
  await put(store, "large", large);
  await put(store, "small", 2);
  await becomes(() => state.getType("entry"), await listed(store, "**"));
  expect(controls).toEqual(["reset", "snapshot-start", "snapshot-end"]);
  session.cancel();
}, 40000);

test("when changes are compacted, a copy begins with a snapshot", async () => {
  const store = newStore();
  await change(store);
  for (let round = 0; round < 5; round++) {
    const ops = Array.from({ length: 100 }, (_, i) => ({ op: "set", path: `many/n${i % 10}`, value: round * 100 + i }));
    await send("POST", `/api/stores/${store}/entries/batch_write`, { ops });
  }
  const beginning = `${viewOf(store)}?offset=0000000000000000_0000000000000000`;
  let status = 200;
  for (let waited = 0; waited < PATIENCE_MILLIS && status !== 410; waited += 200) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    status = (await fetch(beginning)).status;
  }
  expect(status).toBe(410);
  const { state, controls, session } = await follow(viewOf(store), "sse");
  await put(store, "late", true);
  await becomes(() => state.getType("entry"), await listed(store, "**"));
  expect(controls).toEqual(["snapshot-start", "snapshot-end"]);
  session.cancel();
}, 40000);

test("nothing can be written", async () => {
  const store = newStore();
  await put(store, "a", 1);
  const handle = new DurableStream({ url: viewOf(store), contentType: "application/json" });
  await expect(handle.append("{}")).rejects.toMatchObject({ status: 405 });
  await expect(DurableStream.delete({ url: viewOf(store) })).rejects.toMatchObject({ status: 405 });
});

const eventsOf = (store, path) => `${base}/v1/stream/__events/${store}${path}`;

/** Appends of one to three events each, to two aggregates of each of two types. */
async function appendEvents(store, from, to) {
  for (let i = from; i < to; i++) {
    const events = Array.from({ length: 1 + (i % 3) }, (_, n) => ({ type: `T${n}`, data: { i, text: "\n", tags: [] } }));
    const aggregate = `${i % 2 ? "order" : "cart"}/${i % 4}`;
    await send("POST", `/api/stores/${store}/aggregates/${aggregate}`, { events });
  }
}

/** The events of a store, a type of aggregates, or an aggregate, as reads show them. */
async function readEvents(store, path) {
  const { events } = await send("GET", `/api/stores/${store}/events?limit=1000`);
  return events.filter(({ aggregate }) => `/${aggregate.type}/${aggregate.id}/`.startsWith(`${path}/`));
}

for (const live of ["sse", "long-poll"]) {
  test(`events of a store, a type and an aggregate are followed by ${live}`, async () => {
    const store = newStore();
    await appendEvents(store, 0, 8);
    const followed = await Promise.all(
      ["", "/order", "/order/1"].map(async (path) => {
        const told = [];
        const session = await stream({ url: eventsOf(store, path), offset: "-1", live, json: true });
        session.subscribeJson(async (batch) => void told.push(...batch.items));
        return { path, told, session };
      }),
    );
    await appendEvents(store, 8, 30);
    for (const { path, told, session } of followed) {
      const expected = await readEvents(store, path);
      for (let waited = 0; waited < PATIENCE_MILLIS && told.length < expected.length; waited += 20) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(told).toEqual(expected);
      session.cancel();
    }
  }, 40000);
}

test("events are read on from an offset, also where there were none", async () => {
  const store = newStore();
  await appendEvents(store, 0, 3);
  for (const path of ["", "/order", "/order/5"]) {
    const first = await stream({ url: eventsOf(store, path), live: false });
    const before = await first.json();
    await appendEvents(store, 3, 8);
    await send("POST", `/api/stores/${store}/aggregates/order/5`, { events: [{ type: "T", data: path }] });
    const second = await stream({ url: eventsOf(store, path), offset: first.offset, live: false });
    expect([...before, ...(await second.json())]).toEqual(await readEvents(store, path));
  }
});
