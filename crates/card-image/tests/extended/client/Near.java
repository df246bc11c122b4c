package client;

import lib.Plain;

class Near extends Plain {
    Near() {
        super((short) 3);
    }

    short sum() {
        return (short) (this.kept + value);
    }
}
