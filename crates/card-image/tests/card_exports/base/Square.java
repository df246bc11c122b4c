package base;

/** Can be made. */
public class Square extends Shape {
    public Square(short side) {
        super(side);
    }

    protected short area(Measured other, byte[] bytes) {
        return (short) (side * side);
    }

    public short measure(Measured other) {
        return side;
    }

    public byte[] copy(Shape[] shapes) {
        return null;
    }
}
