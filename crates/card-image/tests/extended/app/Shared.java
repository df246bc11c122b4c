package app;

import javacard.framework.Shareable;

public interface Shared extends Shareable {
    short ask(short number);
}
