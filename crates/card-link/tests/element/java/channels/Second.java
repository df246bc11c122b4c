package channels;

/** One of two applets of a package, both multi-selectable. */
public final class Second extends Base {
    public static void install(byte[] data, short offset, byte length) {
        new Second().register();
    }
}
