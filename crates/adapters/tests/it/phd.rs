//! Agents of ISO/IEEE 11073-20601.

use adapters::phd::apdu::{self, Association, SCAN_FIXED, SCAN_MP_FIXED, SCAN_VAR, event, list, sized};
use adapters::{Event, Number, Settings, capture, float, put_float, put_sfloat, sfloat};
use proptest::prelude::*;

use crate::captures::{CAME, PHD, account, adapter, lines, replayed};

#[test]
fn three_agents_are_read_as_their_configurations_say() {
    let report = replayed("phd", None, &capture::bytes(PHD).unwrap());
    let wanted = [
        "0022ABFFFE123456 -269 150021 120 mm[Hg] 0",
        "0022ABFFFE123456 -269 150022 80 mm[Hg] 0",
        "0022ABFFFE123456 -269 150023 93 mm[Hg] 0",
        "0022ABFFFE123456 -269 149546 72.0 /min 0",
        "0022ABFFFE000001 -4800 160184 5.5 mmol/L 0",
        "0022ABFFFE000001 -4800 8417864 \"MDC 8417868\" 0",
        "0022ABFFFE000002 0 150456 98 % 1",
    ];
    assert_eq!(lines(&report), wanted, "{:?}", report.wrong().collect::<Vec<_>>());
    let wrong: Vec<_> =
        report.wrong().map(|(at, what, problem)| (at, what.to_owned(), problem.to_string())).collect();
    assert_eq!(wrong, [(342, "observation of object 2".into(), "ends 6 bytes too early".into())]);
    let kept = account(&report);
    for line in [
        "association request: names the device and its configuration",
        "configuration: lays out what follows; stands in each record",
    ] {
        assert!(kept.iter().any(|kept| kept.ends_with(line)), "{line}: {kept:#?}");
    }
}

fn agent(configuration: u16) -> Vec<u8> {
    Association { system_id: vec![1; 8], configuration, speaks_mder: true }.write()
}

/// A report of observations, each a handle and its bytes.
fn fixed(invoke: u16, confirmed: bool, observations: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let rows: Vec<Vec<u8>> = observations
        .iter()
        .map(|(handle, bytes)| [handle.to_be_bytes().to_vec(), sized(bytes)].concat())
        .collect();
    event(invoke, confirmed, u32::MAX, SCAN_FIXED, &[vec![0xF0, 0, 0, 0], list(&rows)].concat())
}

const STAMP: [u8; 8] = [0x20, 0x26, 0x11, 0x22, 0x10, 0x20, 0, 0];

#[test]
fn an_agent_is_answered_as_the_manager_of_the_standard_answers() {
    let mut session = adapter("phd").open(&Settings::default()).unwrap();
    let replies = |events: &[Event]| -> Vec<Vec<u8>> {
        let replies = events
            .iter()
            .filter_map(|event| if let Event::Reply(bytes) = event { Some(bytes.clone()) } else { None });
        replies.collect()
    };
    // Before it associates, nothing is taken.
    let early = session.push(&fixed(1, true, &[]), CAME);
    assert_eq!(replies(&early), [apdu::abort(0)]);
    assert!(matches!(&early[0], Event::Reported { .. }));

    let accepted = replies(&session.push(&agent(0x0320), CAME));
    assert_eq!(&accepted[0][..8], [0xE3, 0, 0, 0x2C, 0, 0, 0x50, 0x79], "accepted");
    let unknown = replies(&session.push(&agent(0x4000), CAME));
    assert_eq!(&unknown[0][4..6], [0, 3], "accepted, configuration unknown");
    let early = session.push(&fixed(2, true, &[]), CAME);
    assert_eq!(replies(&early), [apdu::error(2)], "nothing says how to read it");

    session.push(&agent(0x0320), CAME);
    let value =
        [put_float(Number::Finite("36.6".parse().unwrap())).unwrap().to_be_bytes().to_vec(), STAMP.to_vec()]
            .concat();
    let events = session.push(&fixed(7, true, &[(1, value)]), CAME);
    let [Event::Record { answers, record, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(
        answers.stored,
        apdu::event_answer(7, SCAN_FIXED, &[]),
        "answered when it is stored, not before"
    );
    assert_eq!((record.received, record.device.as_str()), (None, "0101010101010101"));
    assert_eq!(replies(&session.push(&apdu::release(), CAME)), [apdu::released()]);

    let no_mder = [agent(0x0320)[..20].to_vec(), vec![0x20, 0], agent(0x0320)[22..].to_vec()].concat();
    assert_eq!(replies(&session.push(&no_mder, CAME))[0][4..6], [0, 5]);
    let foreign = [agent(0x0320)[..12].to_vec(), vec![0xFF, 0xFF], agent(0x0320)[14..].to_vec()].concat();
    assert_eq!(replies(&session.push(&foreign, CAME))[0][4..6], [0, 4]);
}

#[test]
fn damage_ends_the_association_or_the_line() {
    let mut session = adapter("phd").open(&Settings::default()).unwrap();
    session.push(&agent(0x0320), CAME);
    let broken = [0xE7, 0, 0, 4, 0, 9, 0, 0];
    let events = session.push(&broken, CAME);
    assert!(
        matches!(&events[..], [Event::Reported { .. }, Event::Reply(reply)] if *reply == apdu::abort(0)),
        "{events:?}"
    );
    assert!(!session.is_lost());
    session.push(b"GET / HTTP/1.1\r\n\r\n", CAME);
    assert!(session.is_lost(), "no APDU: nothing says where the next one begins");
}

#[test]
fn several_people_and_attributes_that_are_not_known() {
    let observation =
        |handle: u16, attributes: &[Vec<u8>]| [handle.to_be_bytes().to_vec(), list(attributes)].concat();
    let attribute = |id: u16, value: &[u8]| [id.to_be_bytes().to_vec(), sized(value)].concat();
    let rows = list(&[
        observation(1, &[attribute(0x0A4C, &[0, 97]), attribute(0x0A48, &[1, 2])]),
        observation(9, &[attribute(0x0A4C, &[0, 97])]),
        observation(
            10,
            &[attribute(0x0A4C, &[7, 0xFF]), attribute(0x0990, &[0x20, 0x26, 0x13, 1, 0, 0, 0, 0])],
        ),
        observation(10, &[attribute(0x0A4C, &[0, 60]), attribute(0x0996, &[0xFF, 0xFF])]),
    ]);
    let report = event(1, false, 0, SCAN_VAR, &[vec![0; 4], rows].concat());
    let people = list(&[[vec![0, 7], list(&[[vec![0, 1], sized(&[0, 95])].concat()])].concat()]);
    let of_people = event(2, false, 0, SCAN_MP_FIXED, &[vec![0; 4], people].concat());
    let report = replayed("phd", None, &[agent(0x0190), report, of_people].concat());
    let device = "0101010101010101";
    assert_eq!(
        lines(&report),
        [
            format!("{device} 0 150456 97 % 0"),
            format!("{device} 0 149530 \"60 (MDC 327679)\" 0"),
            format!("{device} 0 150456 95 % 0")
        ],
        "with a unit that is not known a number is a text"
    );
    let wrong: Vec<_> = report.wrong().map(|(_, _, problem)| problem.to_string()).collect();
    assert_eq!(
        wrong,
        [
            "attribute 0A48 is not known",
            "object with handle 9 is not known",
            "\"2026130100000000\" is no moment"
        ]
    );
}

proptest! {
    #[test]
    fn pressures_come_back(bits: [u16; 3], pulse: u16) {
        let values: Vec<u8> = bits.iter().flat_map(|bits| bits.to_be_bytes()).collect();
        let compound = [vec![0, 3, 0, 6], values, STAMP.to_vec()].concat();
        let rate = [pulse.to_be_bytes().to_vec(), STAMP.to_vec()].concat();
        let capture = [agent(0x02BC), fixed(1, false, &[(1, compound), (2, rate)])].concat();
        let report = replayed("phd", None, &capture);
        let found: Vec<Number> = report.decoded().flat_map(|decoded| &decoded.readings).filter_map(|reading| match reading {
            seal::Reading::Value { value, .. } => Some(Number::Finite(*value)),
            _ => None,
        }).collect();
        let sent: Vec<Number> = bits.iter().chain([&pulse]).map(|bits| sfloat(*bits)).filter(|number| matches!(number, Number::Finite(_))).collect();
        prop_assert_eq!(&found, &sent);
        for number in found {
            prop_assert_eq!(put_sfloat(number).map(sfloat), Some(number));
        }
    }

    #[test]
    fn temperatures_come_back(bits: u32) {
        let value = [bits.to_be_bytes().to_vec(), STAMP.to_vec()].concat();
        let report = replayed("phd", None, &[agent(0x0320), fixed(1, false, &[(1, value)])].concat());
        let parts = &report.decoded().next().unwrap().parts;
        prop_assert_eq!(parts.iter().filter(|part| part.what == "number").count(), 1, "read, kept or reported: {:?}", parts);
        if let Number::Finite(number) = float(bits) {
            let lines = lines(&report);
            prop_assert_eq!(&lines, &[format!("0101010101010101 0 150364 {number} Cel 0")]);
        }
    }
}
