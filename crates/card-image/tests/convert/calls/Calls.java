package calls;

abstract class Base {
    protected short number;

    Base(short number) { this.number = number; }

    abstract short value(short a);

    public short shared() { return value(number); }

    short hidden() { return 1; }

    private short secret() { return 2; }

    short all() { return (short) (secret() + hidden() + shared()); }
}

interface Scale {
    short scale(short a, byte b);
}

interface Offset extends Scale {
    short offset();
}

class Calls extends Base implements Offset {
    Calls() { super((short) 7); }

    short value(short a) { return (short) (a + super.hidden()); }

    public short shared() { return (short) (super.shared() + number); }

    public short scale(short a, byte b) { return (short) (a * b); }

    public short offset() { return 3; }

    public boolean equals(Object other) { return super.equals(other) || other instanceof Calls; }

    static short use(Offset o, Scale s, Base b) {
        return (short) (o.scale((short) 5, (byte) 2) + o.offset() + s.scale((short) 1, (byte) 1) + b.shared() + b.all());
    }
}

abstract class Promise implements Scale {
    short keep(short a) { return scale(a, (byte) 9); }
}

final class Kept extends Promise {
    public short scale(short a, byte b) { return b; }
}
