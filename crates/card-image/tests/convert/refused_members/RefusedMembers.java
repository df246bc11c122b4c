package refused_members;

class LongField {
    long field;
}

class NativeMethod {
    native short answer();
}

class SynchronizedMethod {
    synchronized short answer() { return 1; }
}

class CharParameter {
    static void take(char c) { }
}

class GridParameter {
    static void take(short[][] grid) { }
}
