package lib;

/** An interface that other packages implement. */
public interface Listener {
    void changed(Meter meter, short total);
}
