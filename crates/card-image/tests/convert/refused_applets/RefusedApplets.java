package refused_applets;
// applets: Missing NoApplet NoInstall

import javacard.framework.APDU;
import javacard.framework.Applet;

class NoApplet {
    public static void install(byte[] parameters, short offset, byte length) { }
}

class NoInstall extends Applet {
    public void process(APDU apdu) { }
}
