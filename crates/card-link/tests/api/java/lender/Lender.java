package lender;

import javacard.framework.Shareable;

/** Gives objects of its own to other contexts. */
public interface Lender extends Shareable {
    Object lend(byte which);
}
