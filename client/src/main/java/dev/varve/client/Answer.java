package dev.varve.client;

import java.net.http.HttpHeaders;

/** A complete HTTP answer. Immutable; the body array belongs to whoever asked. */
record Answer(int status, HttpHeaders headers, byte[] body) {}
