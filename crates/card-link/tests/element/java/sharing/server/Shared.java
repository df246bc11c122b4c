package server;

import javacard.framework.Applet;
import javacard.framework.Shareable;
import lib.Box;

/** What the server shares. */
public interface Shared extends Shareable {
    short answer();

    byte[] array();

    Box box();

    Object object();

    Applet applet();

    short first(byte[] array);

    short identity(byte[] buffer);

    void throwByRuntime();

    void throwOwned();

    void throwInside();

    short useDeselect();

    short makeDeselect();

    void write(short value);

    short read();
}
