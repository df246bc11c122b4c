package single;

import javacard.framework.Shareable;

/** What applets of this package share. */
public interface Gate extends Shareable {
    short pass();
}
