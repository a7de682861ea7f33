/** Histories of concurrent clients, and whether one order of their operations explains all answers. */
@NullMarked
package dev.varve.testkit.history;

import org.jspecify.annotations.NullMarked;
