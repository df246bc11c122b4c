package channels;

/** One of two applets of a package, both multi-selectable. */
public final class First extends Base {
    public static void install(byte[] data, short offset, byte length) {
        new First().register();
    }
}
