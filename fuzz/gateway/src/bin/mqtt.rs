//! A device's MQTT conversation after its TLS handshake: nothing it sends may panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    gateway::sources::mqtt::converse(bytes);
});
