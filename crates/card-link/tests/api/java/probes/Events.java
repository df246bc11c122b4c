package probes;

import javacardx.framework.event.*;

/** EventRegistry. */
final class Events implements EventSource, EventListener {

    static short call(byte method) {
        Events one = new Events();
        Events other = new Events();
        EventRegistry registry = EventRegistry.getEventRegistry(one);
        switch (method) {
            case 0x01:
                return (short) (Api.of(registry == EventRegistry.getEventRegistry(one))
                    + 2 * Api.of(registry == EventRegistry.getEventRegistry(other)));
            case 0x02:
                registry.register(one);
                registry.register(one);
                registry.register(other);
                registry.unregister(one);
                registry.unregister(one);
                return 0;
            case 0x03: EventRegistry.getEventRegistry(null); return 0;
            case 0x04: registry.register(null); return 0;
            case 0x05: registry.unregister(null); return 0;
            default: return Api.unknown();
        }
    }
}
