package base;

import javacard.framework.CardRuntimeException;

/** Abstract, with everything that a class can offer. */
public abstract class Shape extends Hidden implements Measured, Cloneable2 {
    public static final short CONSTANT = 5;
    public static short made;
    protected static byte[] table;
    public Shape next;
    protected short side;
    private byte[] secret;
    int wide;

    public Shape(short side) {
        this.side = side;
    }

    protected Shape() {
    }

    Shape(byte[] secret) {
        this.secret = secret;
    }

    public static Shape[] row(Shape first, short[] sides, boolean all) {
        return null;
    }

    static void inside() {
    }

    public final short twice() {
        return (short) (2 * side);
    }

    protected abstract short area(Measured other, byte[] bytes);

    public boolean equals(Object other) {
        return other == this;
    }

    short packaged() {
        return (short) secret.length;
    }

    public void fail(CardRuntimeException why) {
        throw why;
    }
}
