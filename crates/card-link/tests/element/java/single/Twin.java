package single;

/** The other applet of the package. */
public final class Twin extends Single {
    public static void install(byte[] data, short offset, byte length) {
        new Twin().register();
    }
}
