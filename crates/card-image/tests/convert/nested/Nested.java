package nested;

class Nested {
    private short count;

    class Inner {
        private short more = 2;

        short sum() { return (short) (count + more); }
    }

    static class Apart {
        private short own;

        short bump(Nested nested) { return ++nested.count; }
    }

    short use(Nested other) {
        Inner inner = other.new Inner();
        Apart apart = new Apart();
        apart.own = 4;
        Object anonymous = new Object() {
            public boolean equals(Object o) { return o == Nested.this; }
        };
        return (short) (inner.sum() + inner.more + apart.bump(this));
    }
}
