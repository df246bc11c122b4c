package library;

import javacard.framework.Shareable;

public interface Service extends Shareable {
    short serve(byte[] buffer, short offset);
}
