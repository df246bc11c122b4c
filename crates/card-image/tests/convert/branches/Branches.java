package branches;

class Branches {
    static short compare(short a, short b) {
        if (a < b) return 1;
        if (a <= b) return 2;
        if (a == b) return 3;
        if (a != b) return 4;
        if (a > b) return 5;
        if (a >= b) return 6;
        if (a == 0) return 7;
        if (a < 0 || b >= 0 && a > 0) return 8;
        return (short) (a <= 0 ? 9 : 10);
    }

    static short loops(byte[] bytes) {
        short sum = 0;
        for (short i = 0; i < bytes.length; i++) {
            if (bytes[i] == (byte) 0xFF) continue;
            if ((bytes[i] & 0x80) != 0) break;
            sum += bytes[i];
        }
        for (byte b : bytes) sum ^= b;
        do {
            sum--;
        } while (sum > 10);
        return sum;
    }

    static boolean references(Object a, Object b) {
        return a == b || a != null && b == null || a.equals(b);
    }

    static short table(short a) {
        switch (a) {
            case -1: return 10;
            case 0: return 11;
            case 1:
            case 2: return 12;
            default: return 13;
        }
    }

    static short lookup(byte a) {
        switch (a) {
            case (byte) 0x80: return 1;
            case 0: return 2;
            case 100: return 3;
        }
        switch (a & 0xFF) {
            case 0x80: return 4;
            case 0xFF: return 5;
        }
        return 6;
    }

    static short far(short a) {
        while (a != 0) {
            a = (short) (a * 31 + 1000); a = (short) (a * 31 + 1001); a = (short) (a * 31 + 1002);
            a = (short) (a * 31 + 1003); a = (short) (a * 31 + 1004); a = (short) (a * 31 + 1005);
            a = (short) (a * 31 + 1006); a = (short) (a * 31 + 1007); a = (short) (a * 31 + 1008);
            a = (short) (a * 31 + 1009); a = (short) (a * 31 + 1010); a = (short) (a * 31 + 1011);
            a = (short) (a * 31 + 1012); a = (short) (a * 31 + 1013); a = (short) (a * 31 + 1014);
            if (a == 7) continue;
            a--;
        }
        return a;
    }
}
