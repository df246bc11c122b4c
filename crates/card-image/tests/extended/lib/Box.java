package lib;

/** A public class of the public library. */
public abstract class Box {
    public static final byte[] TABLE = {1, 2, 4, 8, 16, 'A'};
    public static short made;

    public short value;
    protected short kept;
    public byte[] bytes;

    protected Box(short value) {
        this.value = value;
        made++;
    }

    /** Package-visible: {@code inner.Worker} has one of the same name that does not override it. */
    short hidden() {
        return (short) (value + 1);
    }

    public short open() {
        return hidden();
    }

    public abstract short change(short by) throws Full;
}
