package lib;

/** A box that a client of another file extends as well. */
public class Plain extends Box {
    public Plain(short value) {
        super(value);
    }

    public short change(short by) throws Full {
        if (by > 100) {
            throw new Full(by);
        }
        value += by;
        kept = value;
        return value;
    }
}
