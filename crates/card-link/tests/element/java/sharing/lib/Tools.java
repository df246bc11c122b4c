package lib;

/** Static methods and a static field. */
public class Tools {
    public static short calls;

    public static short twice(short value) {
        calls++;
        return (short) (2 * value);
    }

    public static short sum(byte[] bytes, short from, short to) {
        short sum = 0;
        for (short at = from; at < to; at++) {
            sum += bytes[at];
        }
        return sum;
    }

    /** Reads a field in the context of whoever calls. */
    public static short valueOf(Box box) {
        return box.value;
    }
}
