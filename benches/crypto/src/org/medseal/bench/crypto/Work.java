package org.medseal.bench.crypto;

/** Work that is prepared once and then done often. */
interface Work {
    /** Makes what a kind of work needs. */
    void prepare(byte kind, byte variant);

    /** Does it so often. Gives the length of the last result. */
    short run(short count);
}
