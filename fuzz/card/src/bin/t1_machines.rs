//! Both state machines of T=1', each against a peer that says anything: the host always comes to an end, and the card
//! executes nothing but what it was given.
#![no_main]

use card_link::t1::{
    Block, CardSide, Fault, Heard, Host, Parameters, Reply, Request, Response, Side, Step, Turn,
};
use libfuzzer_sys::fuzz_target;

/// One block, or noise, from a few bytes.
fn heard(bytes: &[u8]) -> Heard {
    let [kind, value, rest @ ..] = bytes else { return Heard::Nothing };
    let turn = if value & 1 == 0 { Turn::Zero } else { Turn::One };
    let size = u16::from(*value) + 1;
    Heard::Block(match kind % 16 {
        0 | 1 => Block::Information { number: turn, more: value & 2 != 0, data: rest.to_vec() },
        2 => Block::Ready { expected: turn, fault: Fault::None },
        3 => Block::Ready { expected: turn, fault: Fault::Check },
        4 => Block::Request(Request::Wtx(*value)),
        5 => Block::Request(Request::Ifs(size)),
        6 => Block::Request(Request::Abort),
        7 => Block::Request(Request::Resync),
        8 => Block::Request(Request::SoftReset),
        9 => Block::Response(Response::Resync),
        10 => Block::Response(Response::Wtx(*value)),
        11 => Block::Response(Response::Ifs(size)),
        12 => Block::Response(Response::SoftReset),
        13 => Block::Request(Request::Cip),
        14 => return Heard::Garbled(Fault::Check),
        _ => return Heard::of(rest, Side::Card),
    })
}

fuzz_target!(|bytes: &[u8]| {
    let mut host = Host::default();
    let mut step = host.command(&[0; 700]);
    for piece in bytes.chunks(5) {
        if matches!(step, Step::Done(_) | Step::Failed(_)) {
            break;
        }
        step = host.hear(heard(piece));
    }
    let mut silence = 0;
    while !matches!(step, Step::Done(_) | Step::Failed(_)) {
        step = host.hear(Heard::Nothing);
        silence += 1;
        assert!(silence < 40, "the host listens to nobody for ever");
    }

    let mut card = CardSide::new(&Parameters::served(&[]));
    let mut given = 0;
    for piece in bytes.chunks(5) {
        given += piece.len();
        if let Reply::Execute(command) = card.hear(heard(piece)) {
            assert!(command.len() <= given);
            if piece.first().is_some_and(|first| first & 0x80 != 0) {
                card.extend();
            } else {
                card.answer(vec![0x90; 300]);
            }
        }
    }
});
