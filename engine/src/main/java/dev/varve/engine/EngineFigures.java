package dev.varve.engine;

/**
 * What can be told of an engine's work at one moment. Immutable.
 *
 * @param queuedBytes writes waiting to be decided
 * @param expectedWaitNanos how long a new write would wait
 * @param syncNanos how long a sync has taken of late
 * @param checkpoints how many checkpoints were committed since opening
 * @param streamsInMemory how many streams are in memory
 * @param poisoned whether the log has failed
 */
public record EngineFigures(
        long queuedBytes,
        long expectedWaitNanos,
        long syncNanos,
        long checkpoints,
        int streamsInMemory,
        boolean poisoned) {}
