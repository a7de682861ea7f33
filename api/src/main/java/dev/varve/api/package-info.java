/**
 * The types a user of Varve programs against. One entry point, {@link dev.varve.api.Varve}, and behind it streams, entries,
 * records and events: the same in this JVM, in memory and over the network.
 *
 * <pre>{@code
 * @Schema(prefix = "links")
 * record Link(@Key String slug, @Required String title, int visits) {}
 *
 * try (Varve varve = Varve.inMemory()) { // or Varve.open(directory), or Varve.connect(url)
 *     // Streams: bytes or JSON, appended, read from any offset, and followed.
 *     Streams streams = varve.streams();
 *     streams.create("orders", StreamConfig.of("application/json"));
 *     Offset tail = streams.append("orders", "{\"id\":1}".getBytes(UTF_8));
 *     try (StreamReader reader = streams.follow("orders", Offset.BEGINNING)) {
 *         reader.next(Duration.ofSeconds(1)).ifPresent(page -> System.out.println(page.next().equals(tail)));
 *     }
 *
 *     // Entries: values at paths, with revisions to compare and a history to look into.
 *     Store store = varve.store("acme/reading");
 *     EntryPath note = EntryPath.of("notes", "first");
 *     long revision = store.entries().set(note, EntryValue.of("hello"));
 *     store.entries().write(EntryOp.set(note, EntryValue.of("hello again")).ifMatch(revision));
 *     System.out.println(store.entries().getAt(note, revision));
 *
 *     // Records: kept among the entries, in batches that are made as a whole.
 *     Repository<Link> links = store.repository(Link.class);
 *     try (Subscription told = links.subscribe(System.out::println)) { // over a network see Store.live
 *         links.insert(new Link("dust", "Dust", 0), Precondition.ifAbsent());
 *         links.update("dust", link -> new Link(link.slug(), link.title(), link.visits() + 1));
 *         store.batch().insert(links, new Link("varve", "Varve", 0)).delete(links, "dust").commit();
 *     }
 *
 *     // Events: appended under conditions, found by aggregate, type and tag. Aggregates decide over them, projections follow.
 *     AggregateId order = new AggregateId("order", "4711");
 *     store.events().append(order, ExpectedVersion.noStream(), NewEvent.json("OrderPlaced", "{\"total\": 12}"));
 *     System.out.println(store.events().fetch(order, EventStore.EMPTY).version());
 * }
 * }</pre>
 *
 * <ul>
 *   <li><b>Writes</b> are durable when their method returns, and each is there as a whole or not at all.
 *   <li><b>Failures</b> are {@link dev.varve.api.VarveException}s: {@link dev.varve.api.VarveException#kind} says why, {@link
 *       dev.varve.api.VarveException#retryable} whether to try again, {@link dev.varve.api.VarveException#outcomeUnknown} whether a
 *       write may have been made all the same.
 *   <li><b>Over a network</b> the calls are the same. Changes of records are told there once {@link dev.varve.api.Store#live} keeps
 *       them in step, which has them read from memory, too.
 *   <li><b>Threads.</b> What is not said to be otherwise may be used by many. Calls that wait suit virtual threads.
 *   <li><b>Null</b> is nowhere, but where {@code @Nullable} says so.
 * </ul>
 *
 * <p>Needs Java 17 and nothing else. {@code varve-engine} has what {@code open} and {@code inMemory} need, {@code varve-client} what
 * {@code connect} does. {@link dev.varve.api.StreamStorage}, {@link dev.varve.api.EntryStorage} and {@link dev.varve.api.EventStorage} are for storages of one's own.
 */
@NullMarked
package dev.varve.api;

import org.jspecify.annotations.NullMarked;
