package lib;

public class Full extends Exception {
    public final short by;

    public Full(short by) {
        this.by = by;
    }
}
