package statics;
// applets: Owner

class Statics {
    static final short INLINED = 500;
    static final byte[] BYTES = {1, -1, (byte) 0x80, INLINED & 0x7F};
    static final short[] SHORTS = {INLINED, -1};
    static final boolean[] FLAGS = {true, false, true};
    static byte[] empty = new byte[3];
    static byte[] none = null;
    static Object object;
    static short start = 0x1234;
    static byte small = -2;
    static boolean flag = true;
    static short zero = 0;
    static short unset;

    static short use() {
        start += 2;
        object = BYTES;
        unset = SHORTS[0];
        return (short) (start + INLINED + small);
    }
}

class Owner extends javacard.framework.Applet {
    public static void install(byte[] parameters, short offset, byte length) { new Owner().register(); }

    public void process(javacard.framework.APDU apdu) { }
}
