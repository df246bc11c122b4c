package base;

import javacard.framework.Shareable;

/** An interface above which are others. */
public interface Cloneable2 extends Measured, Shareable {
    byte[] copy(Shape[] shapes);
}
