//! Commands and answers as each protocol carries them (JCRE 9.4; ISO/IEC 7816-3, 12.2): the four cases, short and
//! extended, over T=0, T=1 and contactless, with what an applet does and does wrong. `java/wire` is the applet.

use std::path::Path;

use crate::cards::card_with;
use crate::common::{compile_newest, send};
use card_link::{InProcess, Protocol};

const PACKAGE: &str = "F057495245";
const PLAIN: &str = "F05749524501";
const EXTENDED: &str = "F05749524502";

fn card() -> InProcess {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/element/java/wire");
    let applets = [(PLAIN, "wire.Plain"), (EXTENDED, "wire.Extended")];
    card_with(&compile_newest(&sources, "wire", PACKAGE, &applets), PACKAGE, &[PLAIN, EXTENDED]).0
}

/// Bytes as the applet makes them: each the low byte of its index.
fn pattern(from: usize, to: usize) -> String {
    (from..to).map(|index| format!("{:02X}", index % 256)).collect()
}

/// So many bytes of command data.
fn data(length: usize) -> String {
    "01".repeat(length)
}

/// What `receive` answers: the states on the way, the offset of data, Lc, Le, sum.
fn received(states: &str, offset: u8, lc: usize, le: usize) -> String {
    format!("{states}{offset:02X}{lc:04X}{le:04X}{lc:04X}9000")
}

/// A conversation: commands, each with its answer.
type Lines = Vec<(String, String)>;

fn lines(lines: &[(&str, String)]) -> Lines {
    lines.iter().map(|(command, answer)| ((*command).to_owned(), answer.clone())).collect()
}

/// Runs conversations, each from a power-up and with an applet selected.
fn run(card: &mut InProcess, protocol: Protocol, applet: &str, cases: &[Lines]) {
    let mut wrong = Vec::new();
    for case in cases {
        card.power_up(protocol).unwrap();
        assert_eq!(send(card, &format!("00A4040006{applet}")), "9000");
        for (command, expected) in case {
            let answer = send(card, command);
            if answer != *expected {
                let short = &command[..command.len().min(24)];
                wrong.push(format!("{protocol:?}: {short}: {answer}, expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn blocks_carry_whole_commands_and_answers() {
    let mut card = card();
    for protocol in [Protocol::T1, Protocol::ContactlessA, Protocol::ContactlessB] {
        let cases = [
            lines(&[("80160000", "9000".into())]),
            lines(&[("8010000A0A", pattern(0, 10) + "9000")]),
            lines(&[("8010010000", pattern(0, 256) + "9000")]),
            lines(&[("8010000A20", pattern(0, 10) + "9000")]),
            lines(&[(&format!("80120000FF{}", data(255)), received("0002020304", 5, 255, 256))]),
            lines(&[(&format!("80120000FF{}20", data(255)), received("0002020304", 5, 255, 32))]),
            lines(&[("8018000A0101", pattern(0, 10) + "6283")]),
            lines(&[("801400F000", pattern(0, 240) + "9000")]),
            // Extended lengths are for those who say that they take them.
            lines(&[("80160000000001", "6700".into())]),
            lines(&[(&format!("801200000000FF{}", data(255)), "6700".into())]),
            lines(&[("80120000020101FF00", "6700".into()), ("80160000", "9000".into())]),
        ];
        run(&mut card, protocol, PLAIN, &cases);
        let cases = [
            lines(&[("80160000", "9000".into())]),
            lines(&[("80103E80000000", pattern(0, 16000) + "9000")]),
            lines(&[("8010000A00000A", pattern(0, 10) + "9000")]),
            lines(&[(&format!("801200000000FF{}", data(255)), received("0002020304", 7, 255, 32767))]),
            lines(&[(&format!("80120000002000{}0000", data(8192)), received("0001020304", 7, 8192, 32767))]),
            lines(&[(&format!("80120000002000{}0100", data(8192)), received("0001020304", 7, 8192, 256))]),
            lines(&[(&format!("8012000002{}00", data(2)), received("0002020304", 5, 2, 256))]),
        ];
        run(&mut card, protocol, EXTENDED, &cases);
    }
}

#[test]
fn characters_carry_one_direction_at_a_time() {
    let answer = |from, to| pattern(from, to) + "9000";
    let cases = [
        lines(&[("80160000", "9000".into()), ("8016000000", "9000".into())]),
        // Case 2: as many as expected; fewer; more.
        lines(&[("8010000A0A", answer(0, 10))]),
        lines(&[("8010000A20", "6C0A".into()), ("8010000A0A", answer(0, 10))]),
        lines(&[("8010000A00", "6C0A".into()), ("8010000A0A", answer(0, 10))]),
        lines(&[("8010000A", "6C0A".into()), ("8010000A0A", answer(0, 10))]),
        lines(&[("8010010000", answer(0, 256))]),
        lines(&[("80100010 0A", pattern(0, 10) + "6106"), ("00C0000006", answer(10, 16))]),
        lines(&[
            ("80100010 0A", pattern(0, 10) + "6106"),
            ("00C0000010", "6C06".into()),
            ("00C0000006", answer(10, 16)),
        ]),
        lines(&[
            ("80100010 0A", pattern(0, 10) + "6106"),
            ("00C0000002", pattern(10, 12) + "6104"),
            ("00C0000004", answer(12, 16)),
            // There is nothing left: the applet gets the command.
            ("00C0000004", "6D00".into()),
        ]),
        // Without chaining GET RESPONSE fetches what is fewer, too.
        lines(&[("8014000A20", "610A".into()), ("00C000000A", answer(0, 10))]),
        lines(&[("8014000A0A", answer(0, 10))]),
        // Case 4, and 3, which looks the same.
        lines(&[("8012000002 0101", "610C".into()), ("00C000000C", received("0002020304", 5, 2, 256))]),
        lines(&[("8012000002 0101 20", "610C".into()), ("00C000000C", received("0002020304", 5, 2, 256))]),
        lines(&[
            ("8012000002 0101", "610C".into()),
            ("00C0000000", "6C0C".into()),
            ("00C000000C", received("0002020304", 5, 2, 256)),
        ]),
        lines(&[("8018000A0101", "610A".into()), ("00C000000A", pattern(0, 10) + "6283")]),
        lines(&[("8018010001 01", "6100".into()), ("00C0000000", pattern(0, 256) + "6283")]),
        // Any other command makes the card forget.
        lines(&[("8010000A20", "6C0A".into()), ("80160000", "9000".into()), ("00C000000A", "6D00".into())]),
        lines(&[
            ("8012000002 0101", "610C".into()),
            ("8010000A0A", answer(0, 10)),
            ("00C000000C", "6D00".into()),
        ]),
        lines(&[
            ("8012000002 0101", "610C".into()),
            ("01C000000C", "6881".into()),
            ("00C000000C", "6D00".into()),
        ]),
        // Lengths that do not fit.
        lines(&[
            ("8012000003 0101", "6700".into()),
            ("801200", "6700".into()),
            ("8012000001 010101", "6700".into()),
        ]),
        lines(&[("00C20000050102030405", "6D00".into())]),
    ];
    let mut card = card();
    run(&mut card, Protocol::T0, PLAIN, &cases);
}

#[test]
fn an_envelope_carries_what_does_not_fit() {
    let command = |lc: usize, le: &str| format!("80120000 00{lc:04X}{}{le}", data(lc)).replace(' ', "");
    let pieces = |whole: &str| -> Vec<String> {
        let bytes: Vec<&str> = (0..whole.len() / 2).map(|at| &whole[2 * at..2 * at + 2]).collect();
        bytes.chunks(255).map(|piece| format!("00C20000{:02X}{}", piece.len(), piece.concat())).collect()
    };
    let mut cases = Vec::new();
    for (lc, le, empty_piece) in
        [(300, "0000", false), (300, "", false), (503, "", true), (503, "0100", false)]
    {
        let mut case = Vec::new();
        let mut pieces = pieces(&command(lc, le));
        if empty_piece {
            pieces.push("00C2000000".into());
        }
        let last = pieces.len() - 1;
        for (index, piece) in pieces.into_iter().enumerate() {
            case.push((piece, if index == last { "610C".to_owned() } else { "9000".to_owned() }));
        }
        let expected = if le == "0100" { 256 } else { 32767 };
        case.push(("00C000000C".into(), received("0002020304", 7, lc, expected)));
        cases.push(case);
    }
    cases.push(lines(&[("00C2000003 801600", "9000".into()), ("00C2000001 00", "9000".into())]));
    cases.push(lines(&[
        ("00C2000002 8016", "9000".into()),
        ("00C2000000", "6700".into()),
        ("80160000", "9000".into()),
    ]));
    run(&mut card(), Protocol::T0, EXTENDED, &cases);
}

#[test]
fn an_applet_learns_how_it_is_reached() {
    let mut card = card();
    for (protocol, start) in [
        (Protocol::T0, "00010102"),
        (Protocol::T1, "01FE00FE"),
        (Protocol::ContactlessA, "81FD00FD"),
        (Protocol::ContactlessB, "91FD00FD"),
    ] {
        for (class, channel, flags, encoding) in [
            ("80", "00", "08", "01"),
            ("00", "00", "0C", "01"),
            ("10", "00", "0D", "01"),
            ("84", "00", "0A", "01"),
        ] {
            let answer = format!("{start}00{channel}{flags}{encoding}019000");
            run(&mut card, protocol, PLAIN, &[lines(&[(&format!("{class}1C000009"), answer)])]);
        }
    }
    card.power_up(Protocol::T1).unwrap();
    for channel in 1..=4 {
        assert_eq!(send(&mut card, "0070000001"), format!("{channel:02X}9000"));
    }
    assert_eq!(send(&mut card, &format!("40A4040006{PLAIN}")), "9000");
    assert_eq!(send(&mut card, "C01C000000"), "01FE00FE0004080201".to_owned() + "9000");
}

#[test]
fn the_buffer_holds_the_header_and_zeros() {
    let mut card = card();
    let short = [lines(&[
        ("801E123409", "801E123409000000059000".into()),
        ("801E000009", "801E000009000000059000".into()),
        ("801E1234", "801E123400000000049000".into()),
    ])];
    run(&mut card, Protocol::T1, PLAIN, &short);
    let extended = [lines(&[
        ("801E1234000009", "801E123400000900079000".into()),
        ("801E12340000010A", "801E123400000100079000".into()),
    ])];
    run(&mut card, Protocol::T1, EXTENDED, &extended);
}

#[test]
fn wrong_use_has_its_reason() {
    let mut card = card();
    for (what, answer) in [
        (1, "6F11"),
        (2, "6F11"),
        (3, "6F13"),
        (4, "6F13"),
        (5, "6F13"),
        (6, "6F11"),
        (7, "6F11"),
        (8, "6F12"),
        (9, "6F11"),
        (10, "6F11"),
        (11, "6F11"),
        (12, "6F12"),
        (13, "6F11"),
        (14, "6F11"),
        (15, "9000"),
        (16, "6F11"),
    ] {
        let answer = if what == 14 { format!("801A{answer}") } else { answer.to_owned() };
        run(&mut card, Protocol::T1, PLAIN, &[lines(&[(&format!("801A{what:02X}00"), answer)])]);
    }
    // An answer of one block is longer in T=0, and longer answers are for those who take them.
    run(
        &mut card,
        Protocol::T0,
        PLAIN,
        &[lines(&[("801A0500", "9000".into()), ("801A0400", "6F13".into())])],
    );
    run(
        &mut card,
        Protocol::T1,
        EXTENDED,
        &[lines(&[("801A0400", "6F13".into()), ("801A0400000000", "9000".into())])],
    );
    // No room for the next block.
    let long = format!("801A0F00000800{}", data(2048));
    run(&mut card, Protocol::T1, EXTENDED, &[lines(&[(&long, "6F12".into())])]);
}
