package deep;

import lib.Listener;
import lib.Meter;

/** Stands between a class of one package and one of another, and leaves its interface's method to the latter. */
public abstract class Scaled extends Meter implements Listener {
    private short scale;

    protected Scaled(short start, short scale) {
        super(start);
        this.scale = scale;
    }

    protected short weight() {
        return scale;
    }

    public short again() {
        return add((short) 1);
    }
}
