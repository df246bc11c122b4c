package inner;

public interface Step {
    short LIMIT = 7;

    short step(short by);
}
