package dev.varve.server;

/** Whether a server asks for tokens. */
public enum AuthMode {
    /** Everybody who reaches the server may do everything; tokens that are sent are ignored. */
    NONE,
    /** Every request needs a token that allows it, but for those that ask for the server's health. */
    TOKENS
}
