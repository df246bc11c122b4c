package no_ints;
// int: never

class NoInts {
    private int field;

    int get() { return field; }

    static short small() {
        short sum = 0;
        for (short i = 0; i < 5; i++) sum += i;
        int fits = 7;
        return (short) (sum + fits);
    }

    static void set(int[] array) { array[0] = 1; }
}
