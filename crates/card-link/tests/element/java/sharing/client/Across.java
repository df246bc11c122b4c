package client;

import javacard.framework.AID;
import javacard.framework.Applet;
import javacard.framework.CardRuntimeException;
import javacard.framework.ISOException;
import javacard.framework.JCSystem;
import javacard.framework.Shareable;
import javacard.framework.Util;
import lib.Box;
import lib.Tools;
import server.Shared;

/** Cases that reach into the server. */
class Across {
    static final byte FIRST = 0x40;
    static final byte IDENTITY = 0x4C;

    private static final byte[] SERVER = { (byte) 0xF0, 0x53, 0x48, 0x41, 0x52, 0x45, 0x53, 0x01 };

    private byte[] mine = { 8, 9, 10, 11 };
    private Object kept;

    private Shareable ask(byte parameter) {
        AID server = JCSystem.lookupAID(SERVER, (short) 0, (byte) SERVER.length);
        return JCSystem.getAppletShareableInterfaceObject(server, parameter);
    }

    short identity(byte[] buffer) {
        return ((Shared) ask((byte) 1)).identity(buffer);
    }

    short run(byte ins, byte[] buffer) {
        if (ins == 0x53) {
            return (short) (ask((byte) 2) == null ? 1 : 0);
        }
        Shared shared = (Shared) ask((byte) 1);
        return ins < 0x46 ? arrays(ins, shared, buffer) : ins < 0x4C ? objects(ins, shared) : calls(ins, shared);
    }

    private short arrays(byte ins, Shared shared, byte[] buffer) {
        switch (ins) {
            case 0x40:
                return shared.answer();
            case 0x41:
                return shared.array()[0];
            case 0x42:
                return (short) shared.array().length;
            case 0x43:
                shared.array()[0] = 1;
                return 0;
            case 0x44:
                return shared.first(mine);
            default:
                return shared.first(buffer);
        }
    }

    private short objects(byte ins, Shared shared) {
        switch (ins) {
            case 0x46:
                return ((Box) shared.object()).get();
            case 0x47:
                return (short) (shared.object() instanceof Box ? 1 : 0);
            case 0x48:
                return Tools.valueOf(shared.box());
            case 0x49:
                return shared.box().get();
            default:
                kept = shared.object();
                return (short) (kept == null ? 0 : 1);
        }
    }

    private short calls(byte ins, Shared shared) {
        switch (ins) {
            case 0x4D:
                return reasonOfRuntime(shared);
            case 0x4E:
                return reasonOfOwned(shared);
            case 0x4F:
                shared.throwInside();
                return 0;
            case 0x50:
                return shared.useDeselect();
            case 0x51:
                return shared.makeDeselect();
            case 0x54:
                return Util.arrayCopy(shared.array(), (short) 0, mine, (short) 0, (short) 1);
            case 0x55:
                return (short) (shared instanceof Applet ? 1 : 0);
            case 0x56:
                kept = (Applet) shared;
                return 0;
            case 0x57:
                kept = shared.applet().getShareableInterfaceObject(null, (byte) 1);
                return 0;
            default:
                return spanning(shared);
        }
    }

    private short reasonOfRuntime(Shared shared) {
        try {
            shared.throwByRuntime();
            return 0;
        } catch (ISOException e) {
            return e.getReason();
        }
    }

    private short reasonOfOwned(Shared shared) {
        try {
            shared.throwOwned();
            return 0;
        } catch (CardRuntimeException e) {
            return e.getReason();
        }
    }

    private short spanning(Shared shared) {
        shared.write((short) 3);
        JCSystem.beginTransaction();
        shared.write((short) 4);
        JCSystem.abortTransaction();
        return shared.read();
    }
}
