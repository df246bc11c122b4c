package probe;

/** A second implementation, so that values of two classes meet. */
final class Steps extends Base implements Counter {
    private final byte size;

    Steps(byte size) {
        super(size);
        this.size = size;
    }

    public short next(short step) {
        return (short) (super.scaled() + step * size);
    }

    short limit() {
        return 100;
    }

    short scaled() {
        return (short) (factor << 1);
    }
}
