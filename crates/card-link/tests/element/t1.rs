//! T=1' over a line that loses, repeats and changes blocks, against a model: an element that notes what it was asked.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use crate::common::{APPLET, provision, send, unlock};
use card_link::t1::{
    Block, CardSide, Fault, Heard, Host, Link, Parameters, Reply, Request, Response, Side, Step, StreamLink,
    T1Element, T1Error, Turn, serve,
};
use card_link::{CardKeys, Element, InProcess, LinkError, Target};

/// What happens to one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mishap {
    Lost,
    Repeated,
    /// This bit is turned.
    Changed(usize),
}

const MISHAPS: [Mishap; 4] = [Mishap::Lost, Mishap::Repeated, Mishap::Changed(3), Mishap::Changed(40)];

/// A card at the other end of a bad line, and what it executed.
struct Line {
    card: CardSide,
    /// What the host has not read yet.
    coming: VecDeque<Vec<u8>>,
    /// Blocks so far, in both directions.
    blocks: usize,
    mishaps: BTreeMap<usize, Mishap>,
    executed: Vec<Vec<u8>>,
    /// How often the card asks for time before each answer.
    slow: usize,
    asked: usize,
    pending: Option<Vec<u8>>,
}

impl Line {
    fn new(mishaps: &[(usize, Mishap)], size: u16, slow: usize) -> Self {
        let parameters = Parameters { information_size: size, ..Parameters::served(&[]) };
        Self {
            card: CardSide::new(&parameters),
            coming: VecDeque::new(),
            blocks: 0,
            mishaps: mishaps.iter().copied().collect(),
            executed: Vec::new(),
            slow,
            asked: 0,
            pending: None,
        }
    }

    /// One block over the line: what arrives of it.
    fn carry(&mut self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        self.blocks += 1;
        match self.mishaps.get(&(self.blocks - 1)) {
            None => vec![bytes],
            Some(Mishap::Lost) => Vec::new(),
            Some(Mishap::Repeated) => vec![bytes.clone(), bytes],
            Some(Mishap::Changed(bit)) => {
                let mut changed = bytes;
                let bit = bit % (changed.len() * 8);
                changed[bit / 8] ^= 1 << (bit % 8);
                vec![changed]
            }
        }
    }

    fn say(&mut self, block: &Block) {
        let arrived = self.carry(block.encode(Side::Card));
        self.coming.extend(arrived);
    }

    /// The element works on, until it is through or asks for time.
    fn work(&mut self) {
        if self.asked < self.slow {
            self.asked += 1;
            match self.card.extend() {
                Some(block) => self.say(&block),
                None => self.asked = self.slow,
            }
            return;
        }
        if let Some(answer) = self.pending.take()
            && let Reply::Send(block) = self.card.answer(answer)
        {
            self.say(&block);
        }
    }

    fn reply(&mut self, reply: Reply) {
        match reply {
            Reply::Silence => {}
            Reply::Send(block) | Reply::Reset(block) => return self.say(&block),
            Reply::Execute(command) => {
                self.pending = Some(answer_to(&command));
                self.executed.push(command);
                self.asked = 0;
            }
        }
        self.work();
    }
}

/// What the model answers: long for some, and different for each command.
fn answer_to(command: &[u8]) -> Vec<u8> {
    let length = usize::from(command[0]) % 23;
    let body = command.iter().rev().cycle().take(length).copied();
    body.chain([0x90, command.len() as u8]).collect()
}

impl Link for Line {
    fn send(&mut self, block: &Block) -> io::Result<()> {
        for bytes in self.carry(block.encode(Side::Host)) {
            let reply = self.card.hear(Heard::of(&bytes, Side::Host));
            self.reply(reply);
        }
        Ok(())
    }

    fn hear(&mut self, _wait: Duration) -> io::Result<Heard> {
        if self.coming.is_empty() && self.pending.is_some() {
            // Time passes, and the element gets on with its work.
            self.work();
        }
        Ok(self.coming.pop_front().map_or(Heard::Nothing, |bytes| Heard::of(&bytes, Side::Card)))
    }

    fn drain(&mut self) -> io::Result<()> {
        self.coming.clear();
        Ok(())
    }
}

/// Commands of one, two and several blocks.
fn commands() -> Vec<Vec<u8>> {
    let command = |first: u8, length: usize| (0..length).map(|n| first.wrapping_add(n as u8)).collect();
    vec![command(22, 4), command(5, 8), command(17, 21), command(1, 5), command(22, 40)]
}

/// A line that lends itself, so that the test can look at it afterwards.
struct Lent<'a>(&'a mut Line);

impl Link for Lent<'_> {
    fn send(&mut self, block: &Block) -> io::Result<()> {
        self.0.send(block)
    }

    fn hear(&mut self, wait: Duration) -> io::Result<Heard> {
        self.0.hear(wait)
    }

    fn drain(&mut self) -> io::Result<()> {
        self.0.drain()
    }
}

/// What is true whatever happens on the line. Gives how many exchanges succeeded.
fn hold(mishaps: &[(usize, Mishap)], size: u16, slow: usize) -> (usize, usize) {
    let mut line = Line::new(mishaps, size, slow);
    let mut succeeded = 0;
    let Ok(mut element) = T1Element::open("line", Lent(&mut line)) else { return (0, 0) };
    let mut outcomes = Vec::new();
    for command in commands() {
        let outcome = element.transmit(&command);
        if outcome.is_err() {
            // What a host does then.
            let _dead = element.reset();
        }
        outcomes.push((command, outcome));
    }
    drop(element);
    let mut executed = line.executed.iter();
    for (command, outcome) in outcomes {
        match outcome {
            Ok(answer) => {
                assert_eq!(executed.next(), Some(&command), "{mishaps:?}: executed once, and in order");
                assert_eq!(answer, answer_to(&command), "{mishaps:?}");
                succeeded += 1;
            }
            Err(LinkError::T1 { source: T1Error::Lost | T1Error::Dead, .. }) => {
                // At most once.
                if executed.as_slice().first() == Some(&command) {
                    executed.next();
                }
            }
            Err(LinkError::T1 { source: T1Error::Undelivered, .. }) => {
                assert_ne!(executed.as_slice().first(), Some(&command), "{mishaps:?}: it said undelivered");
            }
            Err(other) => panic!("{mishaps:?}: {other}"),
        }
    }
    assert_eq!(executed.next(), None, "{mishaps:?}: nothing else was executed");
    (succeeded, line.blocks)
}

#[test]
fn one_mishap_at_any_block_costs_nothing_but_time() {
    for (size, slow) in [(5, 0), (5, 2), (254, 0), (254, 1)] {
        let (succeeded, blocks) = hold(&[], size, slow);
        assert_eq!(succeeded, commands().len());
        assert!(blocks >= 18);
        for at in 0..blocks {
            for mishap in MISHAPS {
                let (succeeded, _) = hold(&[(at, mishap)], size, slow);
                assert_eq!(succeeded, commands().len(), "block {at} {mishap:?}, size {size}, slow {slow}");
            }
        }
    }
}

#[test]
fn two_mishaps_anywhere_never_execute_a_command_twice() {
    let (_, blocks) = hold(&[], 7, 1);
    for first in 0..blocks {
        for second in first + 1..(first + 12).min(blocks + 4) {
            for one in MISHAPS {
                for two in MISHAPS {
                    hold(&[(first, one), (second, two)], 7, 1);
                }
            }
        }
    }
}

#[test]
fn on_any_line_that_loses_and_changes_a_command_is_executed_at_most_once_and_an_answer_is_its_own() {
    let mut seed = 0x5EED_CA2D_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let mut succeeded = 0;
    for round in 0..4_000 {
        let every = 2 + random() % 12;
        let mishaps: Vec<(usize, Mishap)> = (8..400)
            .filter_map(|at| {
                let mishap = match random() % 2 {
                    0 => Mishap::Lost,
                    _ => Mishap::Changed(random() as usize),
                };
                (random() % every == 0).then_some((at, mishap))
            })
            .collect();
        succeeded += hold(&mishaps, [5, 9, 254][round % 3], round % 3).0;
    }
    assert!(succeeded > 8_000, "{succeeded} exchanges came through");
}

#[test]
fn a_card_that_never_ends_is_left() {
    for block in [
        Block::Request(Request::Wtx(1)),
        Block::Request(Request::Ifs(10)),
        Block::Request(Request::Abort),
        Block::Information { number: Turn::Zero, more: true, data: Vec::new() },
        Block::Ready { expected: Turn::Zero, fault: Fault::None },
        Block::Ready { expected: Turn::One, fault: Fault::Other },
        Block::Response(Response::Resync),
    ] {
        let mut host = Host::default();
        let mut step = host.command(&[0; 600]);
        let mut steps = 0;
        while !matches!(step, Step::Done(_) | Step::Failed(_)) {
            step = host.hear(Heard::Block(block.clone()));
            steps += 1;
            assert!(steps < 10_000, "{block:?} goes on for ever");
        }
        assert!(matches!(step, Step::Failed(_)), "{block:?}: {step:?}");
    }
    // Parts of an answer that is longer than any.
    let mut host = Host::default();
    let mut step = host.command(&[0; 4]);
    for number in [Turn::Zero, Turn::One].into_iter().cycle().take(1_000) {
        if matches!(step, Step::Failed(_) | Step::Done(_)) {
            break;
        }
        step = host.hear(Heard::Block(Block::Information { number, more: true, data: vec![0; 4_089] }));
    }
    assert!(matches!(step, Step::Failed(T1Error::Oversized)), "{step:?}");
}

/// A card with the identity applet behind a Unix socket.
fn served() -> (tempfile::TempDir, String, CardKeys) {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    provision(&mut card, &keys);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.socket");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || serve(&listener, card));
    (folder, path.to_str().unwrap().to_owned(), keys)
}

#[test]
fn a_card_over_t1_is_the_card() {
    let (_folder, path, keys) = served();
    for _ in 0..2 {
        let target: Target = format!("t1:{path}").parse().unwrap();
        let mut element = target.open().unwrap();
        let atr = card_link::atr::Atr::parse(&element.atr()).unwrap();
        assert!(atr.historical.windows(7).any(|bytes| bytes == b"MEDSEAL"));
        assert!(!send(&mut element, "8028000000").ends_with("9000"), "nothing stays selected");
        unlock(&mut element);
        assert!(send(&mut element, "8028000000").ends_with("9000"));
        element.reset().unwrap();
        assert!(!send(&mut element, "8028000000").ends_with("9000"));
        let mut session = card_link::gp::Session::open(&mut element, &keys).unwrap();
        assert!(session.list().unwrap().len() >= 3);
        assert_eq!(send(&mut element, &format!("00A4040009{APPLET}00")), "9000");
    }
}

#[test]
fn nonsense_on_the_socket_is_answered_with_what_was_expected_and_does_no_harm() {
    let (_folder, path, _) = served();
    let mut stream = UnixStream::connect(&path).unwrap();
    let mut seed = 1_u64;
    for _ in 0..50 {
        let mut noise = Vec::new();
        for _ in 0..40 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise.push((seed >> 56) as u8);
        }
        io::Write::write_all(&mut stream, &noise).unwrap();
    }
    std::thread::sleep(Duration::from_millis(30));
    let mut element = T1Element::open("noisy", StreamLink::new(stream, Side::Host)).unwrap();
    assert_eq!(element.parameters().version, 1);
    assert!(send(&mut element, &format!("00A4040009{APPLET}00")).ends_with("9000"));
}

/// An element that takes its time.
struct Slow;

impl Element for Slow {
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, LinkError> {
        std::thread::sleep(Duration::from_millis(u64::from(command[0]) * 10));
        Ok(vec![command[1], 0x90, 0x00])
    }

    fn atr(&self) -> Vec<u8> {
        vec![0x3B, 0x00]
    }

    fn reset(&mut self) -> Result<(), LinkError> {
        Ok(())
    }
}

#[test]
fn an_element_that_works_longer_than_the_waiting_time_is_given_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("slow.socket");
    let listener = UnixListener::bind(&path).unwrap();
    std::thread::spawn(move || serve(&listener, Slow));
    let mut element =
        T1Element::open("slow", StreamLink::new(UnixStream::connect(&path).unwrap(), Side::Host)).unwrap();
    assert!(element.parameters().waiting_time < Duration::from_millis(1_000));
    for (tens_of_ms, mark) in [(100, 1), (0, 2), (70, 3)] {
        assert_eq!(element.transmit(&[tens_of_ms, mark, 0, 0]).unwrap(), [mark, 0x90, 0x00]);
    }
}

/// A slave on a bus: it says nothing unasked, and until it has something refuses (I2C) or gives filling bytes (SPI).
struct Slave {
    card: CardSide,
    out: VecDeque<u8>,
    filling: Option<u8>,
    /// How often it is not ready before each block.
    busy: usize,
    asked: usize,
}

impl Slave {
    fn ready(&mut self) -> bool {
        self.asked += 1;
        self.asked > self.busy
    }
}

/// EREMOTEIO: the slave did not acknowledge.
const NOT_ACKNOWLEDGED: i32 = 121;

impl io::Write for Slave {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.filling.is_none() && !self.ready() {
            return Err(io::Error::from_raw_os_error(NOT_ACKNOWLEDGED));
        }
        self.asked = 0;
        let reply = match self.card.hear(Heard::of(bytes, Side::Host)) {
            Reply::Execute(command) => self.card.answer(answer_to(&command)),
            other => other,
        };
        if let Reply::Send(block) | Reply::Reset(block) = reply {
            self.out = block.encode(Side::Card).into();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Read for Slave {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(filling) = self.filling else {
            if self.out.is_empty() || !self.ready() {
                return Err(io::Error::from_raw_os_error(NOT_ACKNOWLEDGED));
            }
            into.iter_mut().for_each(|byte| *byte = self.out.pop_front().unwrap_or_default());
            return Ok(into.len());
        };
        for byte in into.iter_mut() {
            let due = self.out.is_empty() || self.ready();
            *byte = if due { self.out.pop_front().unwrap_or(filling) } else { filling };
        }
        Ok(into.len())
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_slave_on_a_bus_is_polled_until_it_has_something_to_say() {
    for filling in [None, Some(0x00), Some(0xFF)] {
        for busy in [0, 1, 2, 3, 7] {
            let card = CardSide::new(&Parameters::served(&[]));
            let slave = Slave { card, out: VecDeque::new(), filling, busy, asked: 0 };
            let mut element = T1Element::open("bus", card_link::t1::BusLink::new(slave)).unwrap();
            for command in commands() {
                assert_eq!(element.transmit(&command).unwrap(), answer_to(&command), "{filling:?} {busy}");
            }
        }
    }
}
