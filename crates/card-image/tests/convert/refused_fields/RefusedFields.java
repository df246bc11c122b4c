package refused_fields;
// uses: library

import library.Shared;

class RefusedFields extends Shared {
    short inherited() {
        return state;
    }
}
