package arrays;

class Arrays {
    static Object make(short length) {
        boolean[] flags = new boolean[length];
        short[] shorts = new short[10];
        Object[] objects = new Object[2];
        Arrays[] own = new Arrays[length];
        flags[0] = true;
        shorts[1] = (short) (length * 2);
        shorts[2] += 5;
        shorts[3]++;
        objects[0] = shorts;
        own[length] = new Arrays();
        byte[] bytes = {1, 2, 3};
        bytes[1] |= 0x40;
        --bytes[2];
        return bytes.length > 2 ? (Object) flags : objects;
    }

    static short casts(Object o) {
        if (o instanceof byte[]) return ((byte[]) o)[0];
        if (o instanceof short[]) return ((short[]) o)[0];
        if (o instanceof boolean[]) return 1;
        if (o instanceof Object[]) return (short) ((Object[]) o).length;
        return o instanceof Arrays ? (short) 2 : (short) 3;
    }
}
