package base;

/** A superclass that nobody outside can name, but whose methods they inherit. */
class Hidden {
    public short inherited(int wide) {
        return (short) wide;
    }

    protected Object clone2() {
        return this;
    }
}
