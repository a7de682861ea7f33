// The public conformance suite of Durable Streams, subscriptions included.
import { runConformanceTests } from "@durable-streams/server-conformance-tests";

runConformanceTests({ baseUrl: process.env.VARVE_BASE_URL, subscriptions: true });
