package lib;

/** A class that other packages extend. */
public abstract class Meter {
    private short total;
    private Listener listener;

    protected Meter(short start) {
        total = start;
    }

    public void watch(Listener listener) {
        this.listener = listener;
    }

    public short add(short value) {
        total += value;
        if (listener != null) {
            listener.changed(this, total);
        }
        return total;
    }

    public short weighted() {
        return (short) (total * weight());
    }

    protected abstract short weight();
}
