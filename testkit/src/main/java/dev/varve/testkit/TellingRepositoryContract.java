package dev.varve.testkit;

/** {@link RepositoryContract}, and that subscribers are told: over every transport but HTTP. */
public abstract class TellingRepositoryContract extends RepositoryContract implements RepositorySubscriptionRules {

    /** For subclasses. */
    protected TellingRepositoryContract() {}
}
