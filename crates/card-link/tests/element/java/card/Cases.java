package semantics;

/** Computations whose results a card and Java must agree on, by number. */
class Cases {
    static final byte COUNT = 56;

    static final short[] TABLE = {3, -7, 300, -300};
    static final int[] WIDE = {70000, -1, 65536};
    static short kept;
    private byte small;
    private int wide;
    private short[] shorts = new short[4];

    static short run(short number, short a, short b, byte c) {
        try {
            return number < 28 ? narrow(number, a, b, c) : new Cases().wide(number, a, b, c);
        } catch (ArithmeticException e) {
            return -12345;
        } catch (ArrayIndexOutOfBoundsException e) {
            return -12346;
        } catch (NegativeArraySizeException e) {
            return -12347;
        }
    }

    private static short narrow(short number, short a, short b, byte c) {
        switch (number) {
            case 0: return (short) (a + b);
            case 1: return (short) (a - b * c);
            case 2: return (short) (a / b);
            case 3: return (short) (a % b);
            case 4: return (short) (a << c);
            case 5: return (short) (a >> c);
            case 6: return (short) (a >>> c);
            case 7: return (short) (a & 0xFF00 | b & 0x00FF);
            case 8: return (short) ~(a ^ b);
            case 9: return (short) -a;
            case 10: return (byte) (a + c);
            case 11: return a < b ? (short) 1 : a == b ? (short) 2 : (short) 3;
            case 12: return (short) ((a & 0x80) != 0 ? a : -a);
            case 13: return (short) ((a & 0x8000) != 0 ? 1 : 0);
            case 14: { byte x = c; x += 100; x++; return x; }
            case 15: { short x = a; x += b; x--; x *= 3; x >>= 1; return x; }
            case 16: return TABLE[(byte) (c & 3)];
            case 17: { short sum = 0; for (short t : TABLE) sum += t; return (short) (sum + a); }
            case 18: { short sum = 0; for (byte i = 0; i < 10; i++) { if (i == 7) continue; sum += i; } return sum; }
            case 19: { kept = a; kept += 5; kept = (short) (kept ^ b); return kept++; }
            case 20: { short i = 2; short[] x = {1, 2, 3, 4}; x[i++] += a; x[--i] <<= 1; return (short) (x[2] + i); }
            case 21: switch (a) { case -1: return 5; case 0: return 6; case 1: case 2: return 7; default: return 8; }
            case 22: switch (c) { case -128: return 1; case 127: return 2; case 31: return 3; } return 4;
            case 23: switch (b & 0xFF) { case 0: return 1; case 128: return 2; case 255: return 3; } return 4;
            case 24: { boolean p = a > b, q = c != 0; return p & !q | q ^ p ? (short) 1 : (short) 0; }
            case 25: return finished(a, c);
            case 26: return (short) (Math16.max(a, b) - Math16.min(a, c));
            default: return (short) new byte[(short) (a & 7)].length;
        }
    }

    private static short finished(short a, byte c) {
        kept = 0;
        try {
            if (c < 0) return (short) (a / (c + 1));
            kept = TABLE[c];
        } catch (ArrayIndexOutOfBoundsException e) {
            kept = -1;
            return kept;
        } finally {
            kept += 10;
        }
        return kept;
    }

    private short wide(short number, short a, short b, byte c) {
        int x = a * 65537 + b;
        int y = b - a;
        switch (number) {
            case 28: return low(x + y);
            case 29: return high(x + y);
            case 30: return high(x - y * 3);
            case 31: return low(x / y);
            case 32: return high(x / y);
            case 33: return low(x % y);
            case 34: return high(x * y);
            case 35: return high(x << c);
            case 36: return low(x >> c);
            case 37: return low(x >>> c);
            case 38: return high(x >>> c);
            case 39: return high(x & y | ~x ^ y);
            case 40: return high(-x);
            case 41: return x < y ? (short) 1 : x == y ? (short) 2 : (short) 3;
            case 42: return a + b > 40000 || a + b < -40000 ? (short) 1 : (short) 0;
            case 43: return (short) ((a + b) / 2);
            case 44: return (short) (a * b >> 8);
            case 45: { int sum = 0; for (int i = 0; i < 300; i++) sum += i * a; return high(sum); }
            case 46: { wide = x; wide += b; wide++; return high(wide); }
            case 47: { small = c; small += a; return small; }
            case 48: { shorts[1] = a; shorts[1] += b; shorts[2] = shorts[1]--; return (short) (shorts[1] ^ shorts[2]); }
            case 49: { int[] z = {x, y}; z[0] += z[1]++; return (short) (high(z[0]) ^ low(z[1])); }
            case 50: switch (x) { case 0: return 1; case 65537: return 2; case -65537: return 3; } return 4;
            case 51: switch (y) { case 0: return 1; case 1: return 2; case 2: return 3; default: return 4; }
            case 52: return high(WIDE[(byte) (c & 1)] + (a > 0 ? x : b));
            case 53: { int t; int u = t = (byte) a; return low(u + t); }
            case 54: return high(pick(a, x, c, y));
            default: return (byte) x;
        }
    }

    private static int pick(short a, int x, byte c, int y) {
        return (a & 1) == 0 ? x : c > 0 ? y : 100000;
    }

    private static short low(int x) {
        return (short) x;
    }

    private static short high(int x) {
        return (short) (x >> 16);
    }
}

class Math16 {
    static short max(short a, short b) {
        return a > b ? a : b;
    }

    static short min(short a, short b) {
        return a < b ? a : b;
    }
}
