package dev.varve.server;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.Transaction;
import dev.varve.api.Transaction.Part;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a transaction: {@code {"ops":[{"entry":…}, {"lease":…}, {"event":…}, {"check":…}, {"condition":…},
 * {"tracking":…}, {"stream":…}], "key", "create_store"}}. Each op has one field, which is read as the routes of its face read
 * it. Confined to the thread that reads.
 */
final class TransactionBody {

    private final EventsBody body;
    private final AppendBody streams;
    private final Exchange exchange;
    private final String store;
    private final List<Part> parts = new ArrayList<>();

    private @Nullable String key;
    private boolean creates = true;
    private int values;

    private TransactionBody(EventsBody body, AppendBody streams, Exchange exchange, String store) {
        this.body = body;
        this.streams = streams;
        this.exchange = exchange;
        this.store = store;
        this.key = exchange.request.single(HeaderName.IDEMPOTENCY_KEY);
    }

    /**
     * Reads the body of a request.
     *
     * @param streams reads appends to streams
     * @param store the full name of the store that the transaction is of
     * @throws HttpProblem when it is no transaction; names the op that is wrong, where it is one
     */
    static Transaction read(Exchange exchange, AppendBody streams, String store) {
        return EventsBody.read(exchange, body -> new TransactionBody(body, streams, exchange, store).read());
    }

    private Transaction read() {
        body.object("the body", name -> {
            switch (name) {
                case "ops" -> body.list(name, this::op);
                case "key" -> key(body.text(name));
                case "create_store" -> creates = body.flag(name);
                default -> {
                    return false;
                }
            }
            return true;
        });
        return new Transaction(parts, exchange.access().device(), key, creates && exchange.server.createsStores);
    }

    private void key(String given) {
        String inHead = key;
        if (inHead != null && !inHead.equals(given)) {
            throw HttpProblem.invalid("the key of the body is another one than the " + HeaderName.IDEMPOTENCY_KEY);
        }
        key = given;
    }

    private void op() {
        int index = parts.size();
        if (index == Transaction.MAX_PARTS) {
            throw HttpProblem.of(ErrorKind.TOO_LARGE, "a transaction has at most " + Transaction.MAX_PARTS + " ops");
        }
        try {
            List<Part> found = new ArrayList<>(1);
            body.object("an op", name -> {
                Part part = part(name, index);
                return part != null && found.add(part);
            });
            if (found.size() != 1) {
                throw HttpProblem.invalid(
                        "an op has one field: entry, lease, event, check, condition, tracking or stream");
            }
            parts.add(found.getFirst());
        } catch (HttpProblem e) {
            throw new HttpProblem(e.problem().at(index));
        } catch (EntryProblem e) {
            throw new HttpProblem(e.ofPart(index));
        } catch (EntryJsonException e) {
            throw new HttpProblem(Problem.of(e.kind(), e.detail()).at(index));
        } catch (VarveException e) {
            throw new HttpProblem(Problem.of(e).at(index));
        }
    }

    private @Nullable Part part(String name, int index) {
        return switch (name) {
            case "entry" -> new Transaction.Entry(EntryBatch.op(value(), index));
            case "lease" -> new Transaction.Entry(EntryRoutes.leaseOp(EntryBody.item(value(), index)));
            case "event" -> event();
            case "check" -> check(body.check());
            case "condition" -> new Transaction.Condition(body.condition());
            case "tracking" -> new Transaction.Tracking(body.tracking());
            case "stream" -> new Transaction.Append(streams.item(body.json(), store));
            default -> null;
        };
    }

    private EntryValue value() {
        EntryValue value = EntryJson.parse(body.json());
        values += count(value);
        if (values > EntryJson.MAX_VALUES) {
            throw HttpProblem.of(
                    ErrorKind.TOO_LARGE, "more than " + EntryJson.MAX_VALUES + " values in one transaction");
        }
        return value;
    }

    private static int count(EntryValue value) {
        int values = 1;
        if (value instanceof EntryValue.Items(List<EntryValue> items)) {
            for (EntryValue item : items) {
                values += count(item);
            }
        } else if (value instanceof EntryValue.Fields object) {
            for (EntryValue field : object.fields().values()) {
                values += count(field);
            }
        }
        return values;
    }

    private static Part check(EventAppend.Check check) {
        return new Transaction.Check(check.aggregate(), check.expected());
    }

    /** An event; one without an id gets another one each time, which is of no consequence where a key names the transaction. */
    private Part event() {
        EventAppend.Addressed event = body.event(exchange.server.random);
        return new Transaction.Event(event.aggregate(), event.event());
    }
}
