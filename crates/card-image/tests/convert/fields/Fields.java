package fields;

class Fields {
    private byte b;
    private short s;
    private boolean z;
    private byte[] array;
    private Fields next;
    protected short visible;
    protected Object reference;

    void own(short value) {
        b = 1;
        s = value;
        z = s > 5;
        array = new byte[s];
        next = this;
        visible = (short) (b + s);
        reference = array;
        s += 3;
        b++;
        next.next.s = next.s;
        short copy = s = value;
        this.b |= (byte) (1 << copy);
    }

    Object get() {
        return z ? array : next;
    }
}
