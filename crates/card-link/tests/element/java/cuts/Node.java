package cuts;

/** A link of a list. */
final class Node {
    final Node next;

    Node(Node next) {
        this.next = next;
    }
}
