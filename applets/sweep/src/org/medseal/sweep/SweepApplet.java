package org.medseal.sweep;

/** The sweep of cards that have all of API 3.2. */
public final class SweepApplet extends Sweep {

    private SweepApplet(NewerKeys keys) {
        super(new NewerFactories(), keys, new NewerOperations(keys));
    }

    public static void install(byte[] parameters, short offset, byte length) {
        new SweepApplet(new NewerKeys()).register();
    }
}
