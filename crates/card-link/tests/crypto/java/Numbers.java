package desk;

import javacard.framework.ISO7816;
import javacard.framework.ISOException;
import javacard.framework.Util;
import javacard.security.Checksum;
import javacard.security.RandomData;

/** Random numbers and checksums as commands. */
final class Numbers {

    static short run(Object[] places, byte instruction, byte first, byte[] in, short length, byte[] out) {
        byte command = (byte) (instruction & 0x0F);
        return command < 8 ? random(places, command, first, in, length, out)
                : checksum(places, command, first, in, length, out);
    }

    private static short random(Object[] places, byte command, byte first, byte[] in, short length, byte[] out) {
        RandomData data = (RandomData) (command == 0 ? null : places[first]);
        short size;
        switch (command) {
            case 0x00:
                places[first] = length == 1 ? RandomData.getInstance(in[0]) : RandomData.getInstance(in[0], in[1] != 0);
                return 0;
            case 0x01:
                size = Util.getShort(in, (short) 0);
                return (short) (data.nextBytes(out, (short) 8, size) == (short) (8 + size)
                        ? Util.arrayCopyNonAtomic(out, (short) 8, out, (short) 0, size) : 0);
            case 0x02:
                size = Util.getShort(in, (short) 0);
                data.generateData(out, (short) 0, size);
                return size;
            case 0x03:
                data.setSeed(in, (short) 0, length);
                return 0;
            case 0x04:
                out[0] = data.getAlgorithm();
                return 1;
            case 0x05:
                return once(in, out);
            case 0x06:
                RandomData.OneShot shot = RandomData.OneShot.open(in[0]);
                shot.close();
                return shot.nextBytes(out, (short) 0, (short) 1);
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }

    private static short once(byte[] in, byte[] out) {
        RandomData.OneShot shot = RandomData.OneShot.open(in[0]);
        try {
            shot.setSeed(in, (short) 0, (short) 1);
            out[0] = shot.getAlgorithm();
            return shot.nextBytes(out, (short) 1, (short) 32);
        } finally {
            shot.close();
        }
    }

    private static short checksum(Object[] places, byte command, byte first, byte[] in, short length, byte[] out) {
        Checksum sum = (Checksum) (command == 8 ? null : places[first]);
        switch (command) {
            case 0x08:
                places[first] = Checksum.getInstance(in[0], false);
                return 0;
            case 0x09:
                sum.init(in, (short) 0, length);
                return 0;
            case 0x0A:
                sum.update(in, (short) 0, length);
                return 0;
            case 0x0B:
                return sum.doFinal(in, (short) 0, length, out, (short) 0);
            case 0x0C:
                out[0] = sum.getAlgorithm();
                return 1;
            default:
                ISOException.throwIt(ISO7816.SW_INS_NOT_SUPPORTED);
                return 0;
        }
    }
}
