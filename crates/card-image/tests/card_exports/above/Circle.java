package above;

import base.Measured;
import base.Shape;
import base.Square;

/** Implements what the class of the other package leaves open. */
public class Circle extends Shape implements Measured {
    public Circle() {
        super((short) 3);
    }

    protected short area(Measured other, byte[] bytes) {
        return other == null ? inherited(5) : other.measure(this);
    }

    public short measure(Measured other) {
        made++;
        return (short) (twice() + new Square((short) 2).measure(other));
    }

    public byte[] copy(Shape[] shapes) {
        return new byte[row(this, null, equals(shapes))[0].twice()];
    }
}
