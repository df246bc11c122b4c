package probe;

/** A superclass of the own package, with a package-visible method that is overridden. */
abstract class Base {
    protected short factor;

    Base(short factor) {
        this.factor = factor;
    }

    abstract short limit();

    short scaled() {
        return factor < limit() ? factor : limit();
    }
}
