package refused_initialisers;
// applets: Owner

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

class Owner extends javacard.framework.Applet {
    public static void install(byte[] parameters, short offset, byte length) { new Owner().register(); }

    public void process(javacard.framework.APDU apdu) { }
}
