// The official JavaScript client works against the server: create, append, idempotent producer, catch-up, tail, close.
import { randomUUID } from "node:crypto";
import { DurableStream, FetchError, IdempotentProducer, stream } from "@durable-streams/client";
import { expect, test } from "vitest";

const newUrl = () => `${process.env.VARVE_BASE_URL}/v1/stream/official-client/${randomUUID()}`;
const numbers = (from, to) => Array.from({ length: to - from }, (_, i) => ({ n: from + i }));

/** Collects the items of a live JSON session until the stream is closed. */
async function tail(url, offset, live) {
  const items = [];
  const session = await stream({ url, offset, live, json: true });
  session.subscribeJson(async (batch) => {
    items.push(...batch.items);
  });
  return { items, session };
}

test("a created stream is found with its content type and its tail", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "text/plain" });
  expect(handle.contentType).toBe("text/plain");
  const head = await DurableStream.head({ url });
  expect(head).toMatchObject({ exists: true, contentType: "text/plain", streamClosed: false });
  expect(head.offset).toMatch(/^\d{16}_\d{16}$/);
});

test("appended text is read back in order, and a read resumes from its offset", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "text/plain" });
  await handle.append("first ");
  const before = await stream({ url, live: false });
  expect(await before.text()).toBe("first ");
  await handle.append("second");
  const all = await stream({ url, offset: "-1", live: false });
  expect(await all.text()).toBe("first second");
  expect(all.upToDate).toBe(true);
  const rest = await stream({ url, offset: before.offset, live: false });
  expect(await rest.text()).toBe("second");
});

test("concurrent JSON appends are each one message", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "application/json" });
  await Promise.all(numbers(0, 100).map((item) => handle.append(JSON.stringify(item))));
  const read = await stream({ url, live: false });
  const items = await read.json();
  expect(items.map((item) => item.n).sort((a, b) => a - b)).toEqual(numbers(0, 100).map((item) => item.n));
});

test("an idempotent producer's messages arrive once and in order, with several requests in flight", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "application/json" });
  const errors = [];
  const producer = new IdempotentProducer(handle, "producer", {
    lingerMs: 0,
    maxBatchBytes: 64,
    maxInFlight: 5,
    onError: (error) => errors.push(error),
  });
  for (const item of numbers(0, 500)) {
    producer.append(JSON.stringify(item));
  }
  await producer.flush();
  expect(errors).toEqual([]);
  const read = await stream({ url, live: false });
  expect(await read.json()).toEqual(numbers(0, 500));
  expect(read.offset).toBe(producer.lastSuccessfulOffset);
});

test("a producer that starts again claims the next epoch", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "application/json" });
  const first = new IdempotentProducer(handle, "producer", { epoch: 3 });
  first.append(JSON.stringify({ n: 0 }));
  await first.flush();
  const second = new IdempotentProducer(handle, "producer", { epoch: 0, autoClaim: true });
  second.append(JSON.stringify({ n: 1 }));
  await second.flush();
  expect(second.epoch).toBe(4);
  const read = await stream({ url, live: false });
  expect(await read.json()).toEqual(numbers(0, 2));
});

for (const live of ["sse", "long-poll"]) {
  test(`a reader by ${live} sees what was there, what comes, and the end`, async () => {
    const url = newUrl();
    const handle = await DurableStream.create({ url, contentType: "application/json" });
    await handle.append(JSON.stringify({ n: 0 }));
    const { items, session } = await tail(url, "-1", live);
    for (const item of numbers(1, 20)) {
      await handle.append(JSON.stringify(item));
    }
    await handle.close({ body: JSON.stringify({ n: 20 }) });
    await session.closed;
    // The client may settle this before it has handed over its last batch.
    await expect.poll(() => items).toEqual(numbers(0, 21));
    expect(session.streamClosed).toBe(true);
  });

  test(`a reader by ${live} sees the bytes of a binary stream unchanged`, async () => {
    const url = newUrl();
    const handle = await DurableStream.create({ url, contentType: "application/octet-stream" });
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    await handle.append(every);
    const session = await stream({ url, offset: "-1", live });
    const got = [];
    session.subscribeBytes(async (batch) => {
      got.push(...batch.data);
    });
    await handle.append(Uint8Array.from(every).reverse());
    await handle.close();
    await session.closed;
    await expect.poll(() => got).toEqual([...every, ...[...every].reverse()]);
  });
}

test("a closed stream refuses an append and keeps its final offset", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "text/plain" });
  await handle.append("all");
  const { finalOffset } = await handle.close();
  const refused = await handle.append("more").catch((error) => error);
  expect(refused).toBeInstanceOf(FetchError);
  expect(refused.status).toBe(409);
  expect(await handle.head()).toMatchObject({ streamClosed: true, offset: finalOffset });
});

test("a deleted stream is gone, and its path can be used again", async () => {
  const url = newUrl();
  const handle = await DurableStream.create({ url, contentType: "text/plain", body: "old" });
  await handle.delete();
  expect(await DurableStream.head({ url })).toEqual({ exists: false });
  await DurableStream.create({ url, contentType: "text/plain" });
  const read = await stream({ url, live: false });
  expect(await read.text()).toBe("");
});
