//! A real element, from an empty card to a verified record: the applet's CAP file is loaded over SCP03, makes its
//! keys, authenticates the connection and seals what is sent.

use std::path::{Path, PathBuf};

use card_link::{CardFile, CardKeys};
use device::element::{
    Applet, Element, ElementError, ElementTokens, Key, Pin, Provisioned, SharedElement, install, provision,
};
use device::transport::mqtt::Version;
use gateway::registry::NewDevice;
use seal::token::{Assertion, Expected, TokenAlgorithm, UnverifiedToken, sign};
use seal::{DeviceId, Maker, Purpose, Seal, VerifyingKey, key_id, sha256};

use crate::fixture::{Device, Site, run_until, stop, stored};

const CAP: &[u8] = include_bytes!("../../../../applets/identity/identity.cap");

struct Card {
    path: PathBuf,
    id: DeviceId,
    pin: Pin,
    provisioned: Provisioned,
}

fn load_file() -> Vec<u8> {
    card_image::cap::CapFile::from_jar(CAP).unwrap().to_load_file().unwrap()
}

/// A card in a file with the applet installed and provisioned; closed again.
fn card(site: &Site, name: &str) -> Card {
    let path = site.folder.path().join(format!("{name}.card"));
    let keys = CardKeys::random().unwrap();
    let mut file = CardFile::create(&path, keys.card_options()).unwrap();
    let pin = Pin::random().unwrap();
    install(&mut file, &keys, &load_file(), &pin).unwrap();
    let mut applet = Applet::select(file).unwrap();
    let id: DeviceId = name.parse().unwrap();
    let provisioned = provision(&mut applet, &keys, &pin, &site.maker, &id).unwrap();
    Card { path, id, pin, provisioned }
}

fn open(path: &Path) -> Applet<CardFile> {
    Applet::select(CardFile::open(path).unwrap()).unwrap()
}

#[test]
fn a_provisioned_element_has_its_keys_and_certificates() {
    let site = Site::new();
    let card = card(&site, "monitor-1");
    let mut applet = open(&card.path);
    let status = applet.status().unwrap();
    assert!(
        status.ready && [Key::Seal, Key::Tls, Key::Token, Key::TokenSecret].iter().all(|k| status.has(*k))
    );
    assert_eq!((status.counter, status.pin_tries), (0, 3));
    let maker = Maker::from_der(site.maker.certificate()).unwrap();
    for (key, purpose) in [(Key::Seal, Purpose::Seal), (Key::Tls, Purpose::TlsClient)] {
        let der = applet.certificate(key).unwrap();
        let checked = maker.check(&der, purpose).unwrap();
        assert_eq!(checked.key.sec1_point(), &applet.public_key(key).unwrap());
        assert_eq!(checked.key.device(), &card.id);
    }
    // What is made stays: no second key, and nothing without the PIN.
    let refused = |error: ElementError| match error {
        ElementError::Status { status, .. } => status,
        other => panic!("{other}"),
    };
    assert_eq!(refused(applet.generate_key(Key::Seal).unwrap_err()), 0x6982);
    assert_eq!(refused(applet.verify_pin(b"wrong-pin").unwrap_err()), 0x63c2);
    applet.verify_pin(card.pin.expose_secret()).unwrap();
    assert_eq!(refused(applet.generate_key(Key::Seal).unwrap_err()), 0x6985);
}

#[test]
fn seals_chain_survive_and_repeat() {
    let site = Site::new();
    let card = card(&site, "monitor-1");
    let key = VerifyingKey::from_certificate_der(&card.provisioned.seal_certificate).unwrap();
    assert!(open(&card.path).last_seal().unwrap().is_none());
    let mut head = seal::ChainHead::START;
    for n in 0..6i64 {
        // Opened anew each time, as after a power cut.
        let mut applet = open(&card.path);
        let batch = seal::Batch { device: card.id.clone(), time: seal::Micros(n), readings: vec![] }.encode();
        let sealed = applet.seal(&sha256(&batch)).unwrap();
        assert_eq!(applet.seal(&sha256(&batch)).unwrap(), sealed, "asked twice running");
        drop(applet);
        assert_eq!(open(&card.path).last_seal().unwrap().as_ref(), Some(&sealed));
        assert_eq!(Seal::parse(&sealed).unwrap().claims().kid, key.key_id());
        let verified = key.verify(seal::SealedBatch::join(&sealed, &batch).unwrap()).unwrap();
        head = head.next(&verified).unwrap();
    }
    assert_eq!(head.counter.0, 6);
}

#[test]
fn the_tls_key_signs_handshakes_and_nothing_else() {
    let site = Site::new();
    let card = card(&site, "monitor-1");
    let mut applet = open(&card.path);
    let mut content = [b' '; 64].to_vec();
    content.extend(b"TLS 1.3, client CertificateVerify\0");
    for (hash, good) in [(32, true), (48, true), (31, false), (33, false), (0, false)] {
        let content = [content.clone(), vec![7; hash]].concat();
        assert_eq!(applet.sign_tls(&content).is_ok(), good, "{hash}");
    }
    let server = [[b' '; 64].as_slice(), b"TLS 1.3, server CertificateVerify\0", &[7; 32]].concat();
    assert!(applet.sign_tls(&server).is_err());
}

#[test]
fn tokens_are_signed_by_both_keys() {
    let site = Site::new();
    let card = card(&site, "monitor-1");
    let element = SharedElement::new(open(&card.path));
    let assertion = Assertion {
        iss: card.id.clone(),
        sub: card.id.clone(),
        aud: "https://gateway.example/token".into(),
        exp: 1_770_000_300,
        iat: 1_770_000_000,
        // Longer than one command.
        jti: "0123456789abcdef".repeat(20),
    };
    let expected = Expected { audience: &assertion.aud, now: 1_770_000_001, leeway: 0, lifetime: 300 };
    let kid = key_id(&card.provisioned.token_key);
    let token = |algorithm| {
        let token = sign(&assertion, &mut ElementTokens::new(&element, algorithm, kid)).unwrap();
        UnverifiedToken::parse(&token).unwrap()
    };
    let key = VerifyingKey::from_sec1_point(card.id.clone(), &card.provisioned.token_key).unwrap();
    assert_eq!(token(TokenAlgorithm::Es256).verify_es256(&key, &expected).unwrap(), assertion);
    let secret = &card.provisioned.token_secret;
    assert_eq!(token(TokenAlgorithm::Hs256).verify_hs256(&card.id, secret, &expected).unwrap(), assertion);
}

#[tokio::test]
async fn an_agent_works_with_a_real_element() {
    let site = Site::new();
    let gateway = site.gateway("127.0.0.1:0").await;
    let card = card(&site, "monitor-1");
    let new = NewDevice {
        seal_certificate: card.provisioned.seal_certificate.clone(),
        tls_certificate: card.provisioned.tls_certificate.clone(),
    };
    gateway.services.administration("test").enrol(new).await.unwrap();
    let mut sealed = 0;
    for _run in 0..2 {
        let device = Device { id: card.id.clone(), element: SharedElement::new(open(&card.path)) };
        let agent = site.agent(&device, gateway.addresses.mqtt, Version::V5);
        let stats = run_until(agent, |stats| stats.acknowledged >= 5).await;
        assert_eq!((stats.acknowledged, stats.unknown_seals, stats.spooled), (stats.sealed, 0, 0));
        sealed += stats.sealed;
        assert_eq!(stored(&gateway, &device).await, (1..=sealed).collect::<Vec<_>>());
    }
    stop(gateway).await;
}
