//! MQTT 3.1.1 and 5 over mutual TLS 1.3: the way of bedside devices.
