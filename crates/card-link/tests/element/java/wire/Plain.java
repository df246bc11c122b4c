package wire;

/** Takes short lengths only. */
public final class Plain extends Base {
    public static void install(byte[] data, short offset, byte length) {
        new Plain().register();
    }
}
