package base;

/** One method of its own. */
public interface Measured {
    short measure(Measured other);
}
