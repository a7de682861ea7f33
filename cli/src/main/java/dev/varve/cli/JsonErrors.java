package dev.varve.cli;

/** A command that may be asked to write its results, and its errors too, as JSON. */
interface JsonErrors {
    boolean json();
}
