//! Records of Bluetooth health profiles.

use adapters::{Problem, Settings, capture};
use proptest::prelude::*;

use crate::captures::{CAME, GATT, account, adapter, lines, replayed};

#[test]
fn four_devices_are_read_as_the_supplement_says() {
    let report = replayed("gatt", None, &capture::bytes(GATT).unwrap());
    let device = "0022ABFFFE123456";
    let wanted = [
        "-300 150021 120 mm[Hg] 0",
        "-300 150022 80 mm[Hg] 0",
        "-300 150023 93 mm[Hg] 0",
        "-300 149546 72.0 /min 0",
        "-300 150020 \"irregular pulse\" 0",
        "-270 150364 36.4 Cel 0",
        "-270 150364 \"site: ear\" 0",
        "-4800 160184 5.55 mmol/L 0",
        "-4800 8417844 \"finger\" 0",
        "-4800 8417764 \"breakfast\" 0",
        "-4800 8417764 20 g 0",
        "-4800 8417864 \"before a meal\" 0",
        "-240 150456 97 % 16",
        "-240 149530 72 /min 16",
        "0 149530 \"above the device's range\" 1",
        "0 67996 85 % 0",
    ];
    assert_eq!(lines(&report), wanted.map(|line| format!("{device} {line}")));
    assert_eq!(report.wrong().count(), 0);
    let kept = account(&report);
    assert!(kept.contains(&"0 system id: names the device".to_owned()), "{kept:#?}");
    assert!(
        kept.iter().any(
            |line| line.ends_with("user: kept: who a device's user is, the gateway knows by association")
        )
    );
    assert!(
        kept.iter().any(|line| line.ends_with("oxygen saturation: kept: the device has no value for it"))
    );
}

/// A frame of one characteristic behind a serial number, as bytes.
fn of(uuid: u16, value: &[u8]) -> Vec<u8> {
    let mut out = b"\x25\x2A\x02\x00A1".to_vec();
    out.extend_from_slice(&uuid.to_le_bytes());
    out.extend_from_slice(&u16::try_from(value.len()).unwrap().to_le_bytes());
    out.extend_from_slice(value);
    out
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases: [(Vec<u8>, u64, &str); 8] = [
        (b"\x35\x2A\x07\x00\x00\x78\x00\x50\x00\x5D\x00".to_vec(), 0, "nothing says which device it is of"),
        (of(0x2A35, &[0, 0x78, 0]), 13, "ends 2 bytes too early"),
        (of(0x2A35, &[0, 0x78, 0, 0x50, 0, 0x5D, 0, 9]), 17, "1 bytes follow its end"),
        (of(0x2A1C, &[2, 0, 0, 0, 0, 0xEA, 7, 13, 1, 0, 0, 0]), 15, "\"2026-13-01 00:00:00\" is no moment"),
        (of(0x2A1C, &[4, 0x6C, 1, 0, 0xFF, 77]), 15, "temperature site 77 is not known"),
        (of(0x2A9D, &[0]), 6, "characteristic 2A9D is not known"),
        (of(0x2A34, &[2, 9, 0, 1]), 11, "not expected now: a context without its measurement"),
        (of(0x2A35, &[0; 600]), 6, "bytes of a value: more than 512"),
    ];
    for (bytes, at, problem) in cases {
        let report = replayed("gatt", None, &bytes);
        let first = report.wrong().next().map(|(at, _, problem)| (at, problem.to_string()));
        assert_eq!(first, Some((at, problem.to_owned())), "{bytes:02X?}");
    }
}

#[test]
fn a_control_solution_is_a_test_and_a_clock_that_is_not_set_is_not_believed() {
    let control = [2, 1, 0, 0xEA, 7, 11, 22, 10, 0, 0, 0x64, 0xB0, 0x4A];
    let report = replayed("gatt", None, &of(0x2A18, &control));
    assert_eq!(lines(&report), ["A1 -1200 160208 100 mg/dL 4", "A1 -1200 8417844 \"control solution\" 4"]);

    let unset = [0x11, 0x61, 0, 0x48, 0, 0xD0, 7, 1, 1, 0, 0, 5];
    let report = replayed("gatt", None, &of(0x2A5E, &unset));
    assert_eq!(lines(&report), ["A1 0 150456 97 % 0", "A1 0 149530 72 /min 0"]);
    // Year 0: the device knows no date.
    let unknown = [2, 0x6C, 1, 0, 0xFF, 0, 0, 0, 0, 1, 2, 3];
    assert_eq!(lines(&replayed("gatt", None, &of(0x2A1C, &unknown))), ["A1 0 150364 36.4 Cel 0"]);
}

#[test]
fn a_device_that_says_nothing_of_itself_is_who_the_source_says() {
    let bytes = b"\x1C\x2A\x05\x00\x00\x6C\x01\x00\xFF";
    let settings = Settings { config: None, device: Some("room-7") };
    let mut session = adapter("gatt").open(&settings).unwrap();
    let events = session.push(bytes, CAME);
    assert!(
        matches!(&events[..], [adapters::Event::Record { record, .. }] if record.device == "room-7"),
        "{events:?}"
    );
    assert_eq!(session.end(CAME), []);
    assert!(matches!(
        adapter("gatt").open(&Settings { config: Some("x"), device: None }).map(drop),
        Err(adapters::SetupError::NeedlessConfig)
    ));
}

proptest! {
    #[test]
    fn pressures_come_back(numbers: [u16; 3], pulse in 0_u16..0x7F0, kilopascal: bool) {
        let mut value = vec![4 | u8::from(kilopascal)];
        for bits in numbers.iter().chain([&pulse]) {
            value.extend_from_slice(&bits.to_le_bytes());
        }
        let report = replayed("gatt", None, &of(0x2A35, &value));
        let decoded = report.decoded().next().unwrap();
        // Four numbers, four parts: each is a reading, or says why not.
        prop_assert_eq!(decoded.parts.len(), 4);
        let unit = if kilopascal { "kPa" } else { "mm[Hg]" };
        for (bits, code) in numbers.into_iter().zip([150_021, 150_022, 150_023]) {
            if let adapters::Number::Finite(number) = adapters::sfloat(bits) {
                let found = decoded.readings.iter().find(|reading| reading.code().0 == code);
                let wanted = seal::Reading::Value {
                    code: seal::Code(code), unit: unit.parse().unwrap(), dt_us: 0, value: number, flags: seal::Flags::NONE,
                };
                prop_assert_eq!(found, Some(&wanted));
            }
        }
    }
}

#[test]
fn contexts_are_remembered_within_bounds() {
    let mut bytes = b"\x25\x2A\x02\x00A1".to_vec();
    let frame = |uuid: u16, value: &[u8]| of(uuid, value)[6..].to_vec();
    for number in 0..100_u16 {
        let [low, high] = number.to_le_bytes();
        bytes.extend(frame(0x2A18, &[16, low, high, 0xEA, 7, 11, 22, 10, 0, 0]));
    }
    bytes.extend(frame(0x2A34, &[2, 99, 0, 1]));
    bytes.extend(frame(0x2A34, &[2, 3, 0, 1]));
    let report = replayed("gatt", None, &bytes);
    let wrong: Vec<_> = report.wrong().map(|(_, _, problem)| problem.clone()).collect();
    assert_eq!(wrong, [Problem::Order("a context without its measurement")]);
}
