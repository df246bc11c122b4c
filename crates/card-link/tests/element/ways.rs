//! Ways to an element other than in process: the same card, the same answers.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::common::{APPLET, provision, send, unlock};
use card_link::atr::Atr;
use card_link::tcp::{Message, TcpElement, serve};
use card_link::{CardKeys, Element, InProcess, LinkError, Target, vpcd};

/// GET STATUS of the identity applet, which no other application knows.
const STATUS: &str = "8028000000";

fn answers(answer: &str) -> bool {
    answer.ends_with("9000")
}

/// A card with the identity applet.
fn card() -> (InProcess, CardKeys) {
    let keys = CardKeys::random().unwrap();
    let mut card = InProcess::create(keys.card_options()).unwrap();
    provision(&mut card, &keys);
    (card, keys)
}

/// Serves a card over TCP for as long as the test's process lives.
fn served(card: InProcess) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || serve(&listener, card));
    address
}

#[test]
fn a_card_over_tcp_is_the_card_and_each_client_finds_it_reset() {
    let (card, keys) = card();
    let atr = card.atr();
    let address = served(card);
    for _ in 0..3 {
        let target: Target = format!("tcp:{address}").parse().unwrap();
        let mut element = target.open().unwrap();
        assert_eq!(element.atr(), atr);
        assert!(!answers(&send(&mut element, STATUS)), "nothing of the client before is selected");
        unlock(&mut element);
        assert!(answers(&send(&mut element, STATUS)));
        element.reset().unwrap();
        assert!(!answers(&send(&mut element, STATUS)));
        let mut session = card_link::gp::Session::open(&mut element, &keys).unwrap();
        assert!(session.list().unwrap().len() >= 3);
    }
    let mut element = TcpElement::connect(&address).unwrap();
    let package = "F0BAD0BAD0".parse().unwrap();
    let refused = card_link::gp::Session::open(&mut element, &keys).unwrap().load(&package, &[1, 2, 3]);
    assert!(refused.is_err());
    assert!(element.diagnosis().is_some(), "the card says why over TCP, too");
    assert!(element.diagnosis().is_none(), "and says it once");
}

#[test]
fn a_second_client_is_refused_and_nonsense_ends_only_its_own_connection() {
    let (card, _) = card();
    let address = served(card);
    let mut first = TcpElement::connect(&address).unwrap();
    assert!(matches!(TcpElement::connect(&address), Err(LinkError::Busy { .. })));
    assert!(send(&mut first, &format!("00A4040009{APPLET}00")).ends_with("9000"));
    drop(first);
    for nonsense in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[1, 0xFF, 0xFF, 0xFF, 0xFF], &[0x80, 0, 0, 0, 1, 1]] {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(nonsense).unwrap();
        let mut said = Vec::new();
        // What we sent too much may make the system reset the connection.
        let _ended = stream.read_to_end(&mut said);
        assert_eq!(said.first(), Some(&0x80), "the greeting came first");
    }
    let mut last = TcpElement::connect(&address).unwrap();
    assert!(send(&mut last, &format!("00A4040009{APPLET}00")).ends_with("9000"));
}

/// The reader's side of the virtual reader's protocol.
struct Slot(TcpStream);

impl Slot {
    fn ask(&mut self, request: &[u8]) -> String {
        self.tell(request);
        let mut length = [0; 2];
        self.0.read_exact(&mut length).unwrap();
        let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
        self.0.read_exact(&mut answer).unwrap();
        hex::encode_upper(answer)
    }

    fn tell(&mut self, request: &[u8]) {
        // In two writes, as the driver does.
        self.0.write_all(&u16::try_from(request.len()).unwrap().to_be_bytes()).unwrap();
        self.0.write_all(request).unwrap();
    }
}

#[test]
fn a_card_in_the_virtual_reader_loses_its_power_with_the_reader_and_comes_back() {
    let (card, _) = card();
    let atr = hex::encode_upper(card.atr());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || vpcd::serve(&address, card, |_| ()));
    let select = hex::decode(format!("00A4040009{APPLET}00")).unwrap();
    let status = hex::decode(STATUS).unwrap();
    for round in 0..3 {
        let mut slot = Slot(listener.accept().unwrap().0);
        assert_eq!(slot.ask(&[4]), atr, "round {round}");
        for power in [&[1][..], &[2], &[0]] {
            slot.tell(power);
            assert!(!answers(&slot.ask(&status)), "nothing stays selected");
            assert_eq!(slot.ask(&select), "9000");
            assert!(answers(&slot.ask(&status)));
        }
        assert_eq!(slot.ask(&[]), "6700", "an empty command is answered");
        // The reader goes away without a word.
    }
}

#[test]
fn an_exchange_with_the_virtual_reader_does_not_wait_for_delayed_acknowledgements() {
    let (card, _) = card();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || vpcd::serve(&address, card, |_| ()));
    let mut slot = Slot(listener.accept().unwrap().0);
    let start = std::time::Instant::now();
    for _ in 0..100 {
        slot.ask(&[0x80, 0x28, 0, 0, 0]);
    }
    // With the trap each exchange takes 40 ms and more, so this would be 4 s.
    assert!(start.elapsed().as_millis() < 2_000, "{:?}", start.elapsed());
}

#[test]
fn a_card_that_is_polled_and_never_powered_takes_itself_out_once() {
    let (card, _) = card();
    let atr = hex::encode_upper(card.atr());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || vpcd::serve(&address, card, |_| ()));
    let mut slot = Slot(listener.accept().unwrap().0);
    assert_eq!((slot.ask(&[4]), slot.ask(&[4])), (atr.clone(), atr.clone()));
    let asked = std::time::Instant::now();
    slot.tell(&[4]);
    assert_eq!(slot.0.read(&mut [0]).unwrap(), 0, "it goes");
    let mut slot = Slot(listener.accept().unwrap().0);
    assert!(asked.elapsed().as_millis() >= 1_000, "long enough to be missed");
    for _ in 0..10 {
        assert_eq!(slot.ask(&[4]), atr, "and stays when that did not help");
    }
}

#[test]
fn changed_messages_and_answers_to_reset_are_read_or_refused_and_nothing_else() {
    let mut seed = 11_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 1).unwrap()
    };
    let mut bytes = Vec::new();
    Message::Command(vec![0; 20]).write(&mut bytes).unwrap();
    Message::Greeting(vec![0x3B, 0]).write(&mut bytes).unwrap();
    let atr = hex::decode("3B8F8131FE458031C0674D45445345414C73C0215F08").unwrap();
    for _ in 0..50_000 {
        let (mut messages, mut atr) = (bytes.clone(), atr.clone());
        for _ in 0..1 + random() % 3 {
            let at = random() % messages.len();
            messages[at] ^= 1 << (random() % 8);
            let at = random() % atr.len();
            atr[at] ^= 1 << (random() % 8);
        }
        let mut rest = messages.as_slice();
        while let Ok(Some(_)) = Message::read(&mut rest) {}
        let cut = random() % (atr.len() + 1);
        if let Ok(parsed) = Atr::parse(&atr[..cut]) {
            assert!(parsed.historical.len() <= 15);
        }
    }
}
