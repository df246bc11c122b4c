package probes;

import javacard.framework.JCSystem;
import javacardx.external.*;

/** Memory, MemoryAccess: two stores are kept between commands. */
final class Stores {

    private MemoryAccess[] stores = new MemoryAccess[2];

    short call(byte method) {
        short[] s = Api.s;
        byte[] a = Api.a;
        switch (method) {
            case 0x01: stores[s[0]] = Memory.getMemoryAccessInstance((byte) s[1], new short[] {s[2], s[3]}, (short) 0); return 0;
            case 0x02: return Api.of(stores[s[0]].writeData(a, s[1], s[2], null, (short) 0, (short) 0, s[3], s[4]));
            case 0x03: return stores[s[0]].readData(Api.out, s[1], null, (short) 0, (short) 0, s[2], s[3], s[4]);
            case 0x04: Memory.getMemoryAccessInstance((byte) 2, new short[1], s[0]); return 0;
            case 0x05: Memory.getMemoryAccessInstance((byte) 2, null, (short) 0); return 0;
            case 0x06:
                JCSystem.beginTransaction();
                stores[s[0]].writeData(a, s[1], s[2], null, (short) 0, (short) 0, s[3], s[4]);
                JCSystem.abortTransaction();
                return 0;
            default: return Api.unknown();
        }
    }
}
