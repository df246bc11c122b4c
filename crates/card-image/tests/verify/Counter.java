package probe;

import javacard.framework.Shareable;

/** What another applet may call. */
public interface Counter extends Shareable {
    short next(short step);
}
