package refused_types;

class RefusedTypes {
    static short body(short a) {
        long l = a;
        return (short) l;
    }

    static short floating(short a) {
        return (short) (a * 1.5f);
    }

    static Object text() {
        return "text";
    }

    static Object matrix() {
        return new byte[2][];
    }

    static void character(short a) {
        char c = (char) a;
    }

    static void lock(Object o) {
        synchronized (o) {
            o.equals(o);
        }
    }
}
