package foreign_fields;
// uses: library

import library.Shared;

class ForeignFields extends Shared {
    short inherited() {
        return state;
    }

    void set(ForeignFields other) {
        other.state = (short) (state + 1);
        state++;
    }
}
