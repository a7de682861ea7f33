package dev.varve.server.subscriptions;

import java.util.ArrayList;
import java.util.List;

/** What one step of the state machine came to: events to log first, then effects to carry out. */
final class Step {

    final List<Event> events = new ArrayList<>();
    final List<Effect> effects = new ArrayList<>();
}
