package arithmetic;

class Arithmetic {
    static short all(short a, short b) {
        short c = (short) (a + b);
        c = (short) (c - a * b);
        c = (short) (c / 3);
        c = (short) (c % b);
        return (short) -c;
    }

    static short bits(byte a, short b) {
        return (short) ((a & 0xFF) << 8 | (b >> 3) & 0x1F ^ (b >>> 1) | ~a);
    }

    static byte narrow(short a) {
        byte b = (byte) a;
        b = (byte) (b + 1);
        return (byte) (a >> 8);
    }

    static short constants() {
        short a = -1;
        a += 5;
        a = 6;
        a = 127;
        a = -128;
        a = 128;
        a = (short) 0x9000;
        return a;
    }

    static short increments(short a, byte b) {
        a++;
        a--;
        a += 127;
        a -= 1000;
        ++b;
        a = (short) (a + 2);
        return (short) (a + b++);
    }

    static boolean logic(boolean a, boolean b) {
        return a & !b | a ^ b;
    }

    static short low_bits_only(short a, short b, short c) {
        return (short) (a * b + c << 2);
    }
}
