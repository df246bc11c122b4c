package library;

import javacard.framework.Shareable;

public class Shared {
    public static final short LIMIT = 12;
    public static byte[] table;
    public static short changes;
    static short hidden;
    protected short state;

    public Shared() { state = 1; }

    Shared(short hidden) { state = hidden; }

    public static short twice(short a) { return (short) (a * 2); }

    public short step() { return ++state; }

    protected void reset() { state = 0; }

    void inside() { hidden = state; }
}
