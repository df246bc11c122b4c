//! What a gateway or a broker says to a client of MQTT, after its CONNACK, in pieces of any size: it ends in packets or in a fault.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use wire::mqtt::packet::{v3_1_1, v5_0};
use wire::mqtt::{Acknowledging, Client, Settings, Version};

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else { return };
    let version = if first & 1 == 0 { Version::V5 } else { Version::V311 };
    let acknowledging = if first & 2 == 0 { Acknowledging::AtOnce } else { Acknowledging::ByHand };
    let settings = Settings { version, longest: 4096, acknowledging, patience: Duration::from_secs(1) };
    let mut client = Client::new(settings);
    let (said, welcome): (_, &[u8]) = match version {
        Version::V5 => {
            let packet = v5_0::Connect::builder().client_id("a").and_then(|packet| packet.build());
            (packet.map(|packet| client.send(packet)), &[0x20, 3, 0, 0, 0])
        }
        Version::V311 => {
            let packet = v3_1_1::Connect::builder().client_id("a").and_then(|packet| packet.build());
            (packet.map(|packet| client.send(packet)), &[0x20, 2, 0, 0])
        }
    };
    assert_eq!(said, Ok(Ok(())));
    let mut packets = Vec::new();
    assert_eq!(client.receive(welcome, &mut packets), Ok(()));
    let piece = usize::from(first >> 2) + 1;
    for part in rest.chunks(piece) {
        if client.receive(part, &mut packets).is_err() {
            break;
        }
    }
    assert!(packets.len() <= 1 + rest.len() / 2);
});
