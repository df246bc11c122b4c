package wire;

import javacardx.apdu.ExtendedLength;

/** Takes extended lengths. */
public final class Extended extends Base implements ExtendedLength {
    public static void install(byte[] data, short offset, byte length) {
        new Extended().register();
    }
}
