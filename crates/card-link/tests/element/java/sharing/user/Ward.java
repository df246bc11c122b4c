package user;

import deep.Scaled;
import lib.Meter;

/** Its superclass is of one package, the one above of another. */
class Ward extends Scaled {
    short seen;

    Ward() {
        super((short) 10, (short) 3);
    }

    public void changed(Meter meter, short total) {
        seen = meter == this ? total : -1;
    }
}
