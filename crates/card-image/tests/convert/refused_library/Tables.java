package refused_library;

class Tables {
    static final short WIDTH = 3;
    static short height = 4;
    static byte[] unset;
    static final byte[] FIXED = {1, 2, 3};
}

class Empty {
    static short[] rows =
        new short[Tables.WIDTH];
}
