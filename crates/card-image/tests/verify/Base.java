package probe;

/** A superclass of the own package, with a package-visible method that is overridden. */
abstract class Base {
    protected short factor;

    Base(short factor) {
        this.factor = factor;
    }

    short scaled() {
        return factor;
    }
}
