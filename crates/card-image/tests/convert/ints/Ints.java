package ints;
// applets: Owner

class Ints {
    static final int[] TABLE = {1, -70000};
    private int total;
    static int counter = 100000;

    int all(int a, short b) {
        int c = a + b;
        c = c * a - c / b % 7;
        c = c << 3 | a >>> 2 & c >> b ^ ~a;
        c++;
        c += 1000;
        total = -c;
        counter += total;
        if (a > b) c = 70000;
        if (a == 0) c = -1;
        return c;
    }

    short narrow(int a, int[] array) {
        array[1] = a;
        array[(short) a] += 2;
        byte b = (byte) a;
        return (short) (a + b + array[0]);
    }

    static short choose(int a) {
        switch (a) {
            case 1: return 1;
            case 2: return 2;
        }
        switch (a) {
            case 100000: return 3;
            case -100000: return 4;
        }
        return (short) (a > 5 ? a : 6);
    }

    static int loop(short n) {
        int sum = 0;
        for (int i = 0; i < n; i++) sum += i;
        return sum;
    }

    static int call(short a) {
        return loop((short) (a + 1)) + TABLE[0] + (a + 30000) + new Ints().all(a, a);
    }

    static short intermediate(short a, short b) {
        return a + b > 30000 ? (short) 1 : (short) ((a + b) / 2);
    }

    static int shuffled(int[] array, short i) {
        int x = array[i] = array[i]++;
        return x;
    }
}

class Owner extends javacard.framework.Applet {
    public static void install(byte[] parameters, short offset, byte length) { new Owner().register(); }

    public void process(javacard.framework.APDU apdu) { }
}
