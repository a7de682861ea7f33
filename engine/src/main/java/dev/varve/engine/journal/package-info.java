/** The journal: one durable order of frames, written in groups. Knows nothing of what the frames mean. */
@NullMarked
package dev.varve.engine.journal;

import org.jspecify.annotations.NullMarked;
