package inner;

import lib.Full;
import lib.Plain;

/** A class of the private package, public to the others of the file. */
public class Worker extends Plain implements Step {
    public short last;

    public Worker(short value) {
        super(value);
        bytes = new byte[4];
    }

    short hidden() {
        return 1000;
    }

    public short step(short by) {
        try {
            return change(by);
        } catch (Full full) {
            last = full.by;
            return -1;
        } finally {
            kept++;
        }
    }

    public short own() {
        return (short) (hidden() + kept);
    }
}
