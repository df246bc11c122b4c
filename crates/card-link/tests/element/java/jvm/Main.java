package semantics;

import java.io.DataInputStream;
import java.io.IOException;

/** Runs the cases in Java itself: arguments from standard input, a line of hexadecimal digits a case. */
public class Main {
    public static void main(String[] none) throws IOException {
        byte[] arguments = System.in.readAllBytes();
        for (short number = 0; number < Cases.COUNT; number++) {
            StringBuilder line = new StringBuilder();
            DataInputStream input = new DataInputStream(new java.io.ByteArrayInputStream(arguments));
            while (input.available() > 0) {
                short a = input.readShort(), b = input.readShort();
                line.append(String.format("%04x", Cases.run(number, a, b, input.readByte())));
            }
            System.out.println(line);
        }
    }
}
