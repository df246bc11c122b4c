package lib;

/** An object whose class both a server and its client know. */
public class Box {
    short value;

    public Box(short value) {
        this.value = value;
    }

    public short get() {
        return value;
    }
}
