package org.medseal.bench;

/**
 * The benchmark applet's loops on a JVM: for each one line of name, thousands of rounds (or sorts), the best time of
 * several in seconds, and the result, which a card must give too.
 */
public final class Main {

    private static final int TRIES = 50;
    private static final short THOUSANDS = 200;
    private static final short SORTS = 100;

    private Main() {
    }

    private interface Loop {
        short run();
    }

    /** Runs all of them; without an argument each many times, with one so often. */
    public static void main(String[] arguments) {
        int tries = arguments.length > 0 ? Integer.parseInt(arguments[0]) : TRIES;
        byte[] numbers = new byte[Loops.SORTED];
        Loops.Counter plain = new Loops.Counter();
        Loops.Counter other = new Loops.OtherCounter();
        measure("short-loop", THOUSANDS, tries, () -> Loops.shortArithmetic(THOUSANDS));
        measure("int-loop", THOUSANDS, tries, () -> Loops.intArithmetic(THOUSANDS));
        measure("bubble-sort", SORTS, tries, () -> {
            short last = 0;
            for (short i = 0; i < SORTS; i++) {
                last = Loops.bubbleSort(numbers);
            }
            return last;
        });
        measure("virtual-calls", THOUSANDS, tries, () -> {
            plain.sum = 0;
            other.sum = 0;
            return Loops.virtualCalls(plain, other, THOUSANDS);
        });
        measure("interface-calls", THOUSANDS, tries, () -> Loops.interfaceCalls(plain, THOUSANDS));
    }

    private static void measure(String name, int count, int tries, Loop loop) {
        long best = Long.MAX_VALUE;
        short result = 0;
        for (int i = 0; i < tries; i++) {
            long start = System.nanoTime();
            result = loop.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.println(name + " " + count + " " + best / 1e9 + " " + (result & 0xFFFF));
    }
}
