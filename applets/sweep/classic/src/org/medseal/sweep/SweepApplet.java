package org.medseal.sweep;

/** The sweep of cards before API 3.1: what all of them link. */
public final class SweepApplet extends Sweep {

    private SweepApplet(Keys keys) {
        super(new Factories(), keys, new Operations(keys));
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new SweepApplet(new Keys()).register();
    }
}
