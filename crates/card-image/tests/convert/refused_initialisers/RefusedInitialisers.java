package refused_initialisers;

import javacard.framework.JCSystem;

class RefusedInitialisers {
    static Object made = new Object();
}

class Called {
    static short version =
        JCSystem.getVersion();
}

class Alias {
    static final byte[] ONE = {1};
    static final byte[] TWO = ONE;
}

class Looping {
    static byte[] counted = new byte[4];

    static {
        for (byte i = 0; i < 4; i++) counted[i] = i;
    }
}
