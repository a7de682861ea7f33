package dev.varve.cli;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.InvalidEntryPathException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** A command that works with a store of a server. Confined to one thread. */
abstract class EntryAction extends ServerAction {

    @Option(
            names = "--store",
            paramLabel = "STORE",
            description = "The store, organisation/name. Default: VARVE_STORE.")
    private @Nullable String store;

    EntryAction(Io io) {
        super(io);
    }

    /** The URL path of something of the chosen store. */
    final String of(String rest) {
        return "/api/stores/" + storeName() + rest;
    }

    final String storeName() {
        String name = store != null ? store : io.environment().getOrDefault("VARVE_STORE", "");
        if (name.isBlank()) {
            throw new UsageException("say which store: --store acme/reading, or set VARVE_STORE");
        }
        return checked(name.strip());
    }

    /** The URL path of an entry. */
    final String entry(String path) {
        return of("/entries/" + EntryServer.escaped(path(path)));
    }

    static String path(String typed) {
        try {
            return EntryPath.parse(typed).toString();
        } catch (InvalidEntryPathException e) {
            throw new UsageException("\"" + typed + "\" is no path of an entry: " + e.getMessage());
        }
    }

    static String pattern(String typed) {
        try {
            return EntryPattern.parse(typed).toString();
        } catch (InvalidEntryPathException e) {
            throw new UsageException("\"" + typed + "\" is no pattern: " + e.getMessage());
        }
    }

    /** A value as typed: JSON if it is that, else text. */
    static JsonNode value(String typed) {
        try {
            return EntryServer.JSON.readTree(typed);
        } catch (JacksonException e) {
            return EntryServer.JSON.getNodeFactory().stringNode(typed);
        }
    }

    /** A value for people: text as it is, everything else as JSON. */
    static String shown(JsonNode value) {
        return value.isString() ? value.asString() : value.toString();
    }
}
