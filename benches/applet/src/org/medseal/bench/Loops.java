package org.medseal.bench;

/**
 * The loops that are measured. Nothing here knows of cards, so that {@code benches/jvm} runs the same methods on a JVM.
 *
 * A count is in thousands of rounds, because a Java Card has no numbers beyond 32,767 to count them with. Each loop gives
 * a value that depends on every round; both machines must give the same one.
 */
final class Loops {

    private static final short THOUSAND = 1000;

    /** The sort's array is of this length. */
    static final short SORTED = 128;

    private Loops() {
    }

    /** About twenty bytecodes of {@code short} arithmetic a round. */
    static short shortArithmetic(short thousands) {
        short a = 1;
        short b = 2;
        for (short outer = 0; outer < thousands; outer++) {
            for (short inner = 0; inner < THOUSAND; inner++) {
                a = (short) (a + b);
                b = (short) (b ^ inner);
                a = (short) (a - inner);
                b = (short) (b + 3);
            }
        }
        return (short) (a ^ b);
    }

    /** The same work with {@code int}. */
    static short intArithmetic(short thousands) {
        int a = 1;
        int b = 2;
        for (short outer = 0; outer < thousands; outer++) {
            for (short inner = 0; inner < THOUSAND; inner++) {
                a = a + b;
                b = b ^ inner;
                a = a - inner;
                b = b + 3;
            }
        }
        return (short) (a ^ b ^ (a >> 16) ^ (b >> 16));
    }

    /** Bubble sort of an array that is in the opposite order, so that every comparison swaps. */
    static short bubbleSort(byte[] array) {
        for (short at = 0; at < SORTED; at++) {
            array[at] = (byte) (SORTED - 1 - at);
        }
        for (short end = SORTED - 1; end > 0; end--) {
            for (short at = 0; at < end; at++) {
                byte left = array[at];
                byte right = array[(short) (at + 1)];
                if (left > right) {
                    array[at] = right;
                    array[(short) (at + 1)] = left;
                }
            }
        }
        return (short) (array[0] + array[SORTED - 1] * 2);
    }

    /** Calls of a virtual method on objects of two classes in turn. */
    static short virtualCalls(Counter plain, Counter other, short thousands) {
        for (short outer = 0; outer < thousands; outer++) {
            for (short inner = 0; inner < THOUSAND; inner += 2) {
                plain.add(inner);
                other.add(inner);
            }
        }
        return (short) (plain.sum ^ other.sum);
    }

    /** Calls of a method of an interface. */
    static short interfaceCalls(Adder adder, short thousands) {
        short sum = 0;
        for (short outer = 0; outer < thousands; outer++) {
            for (short inner = 0; inner < THOUSAND; inner++) {
                sum = adder.plus(sum, inner);
            }
        }
        return sum;
    }

    /** What the calls through an interface go to. */
    interface Adder {
        /** One more than both together. */
        short plus(short left, short right);
    }

    /** What the virtual calls go to. */
    static class Counter implements Adder {
        /** All that was added. */
        short sum;

        void add(short value) {
            sum += value;
        }

        public short plus(short left, short right) {
            return (short) (left + right + 1);
        }
    }

    /** A class that overrides. */
    static final class OtherCounter extends Counter {
        void add(short value) {
            sum ^= value;
        }
    }
}
