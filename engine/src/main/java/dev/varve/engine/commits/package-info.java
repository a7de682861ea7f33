/** What each commit of a named store consists of, over all faces: where its parts stand, not what they are. */
@NullMarked
package dev.varve.engine.commits;

import org.jspecify.annotations.NullMarked;
