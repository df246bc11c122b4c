package wide_values;

class WideValues {
    static short half(short a, short b) {
        return (short) ((a + b) / 2);
    }

    static boolean over(short a, short b) {
        return a + b > 100;
    }

    static byte element(byte[] bytes, short a) {
        return bytes[a + 1];
    }

    static short fine(short a, short b) {
        short sum = (short) (a + b);
        return (short) (sum / 2);
    }

    static short shifted(short a, short b) {
        return (short) (a * b >> 8);
    }

    static byte[] made(short a) {
        return new byte[a * 2];
    }
}
