//! OpenSC and pyscard over pcscd, which take the card for what it says it is; OpenSSL checks what they get from it.

use super::{ADMIN, PIV, SELECT, administrate, generate, parameters, point_info, put};
use crate::element::{install, send};
use crate::reader::{PYTHON, READER, VirtualReader};
use crate::support::shown;
use card_link::{CardFile, CardKeys, Durability};
use rcgen::{CertificateParams, DnType, Issuer, KeyPair, SubjectPublicKeyInfo};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PIN: &str = "271828";
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/piv/client.py");

/// A card of Alice's in a reader: keys 9A and 9C made in it, certified, the certificates on it.
struct Bench {
    reader: VirtualReader,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alice.card");
        let keys = CardKeys::random().unwrap();
        let mut card = CardFile::create_with(&path, keys.card_options(), Durability::Process).unwrap();
        install(&mut card, &keys, &PIV, &parameters()).unwrap();
        assert!(send(&mut card, SELECT).ends_with("9000"));
        administrate(&mut card);
        let authority = KeyPair::generate().unwrap();
        let issuer = Issuer::new(CertificateParams::default(), authority);
        for (key, tag, name) in [("9A", "5FC105", "Alice"), ("9C", "5FC10A", "Alice, signing")] {
            let point = generate(&mut card, key);
            let certificate = certify(&point_info(&point), name, &issuer);
            std::fs::write(folder.path().join(format!("{key}.der")), &certificate).unwrap();
            put(&mut card, tag, &certificate_object(&certificate), 255);
        }
        drop(card);
        Self { reader: VirtualReader::start(&shown(&path)), folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, contents: &[u8]) -> String {
        std::fs::write(self.path(name), contents).unwrap();
        shown(&self.path(name))
    }

    fn run(&self, program: &str, words: &[&str]) -> String {
        self.reader.run(program, words)
    }

    /// OpenSSL's word on a signature over a message by the key of a certificate.
    fn verifies(&self, key: &str, message: &str, signature: &str) -> bool {
        let certificate = shown(&self.path(&format!("{key}.der")));
        let public = openssl(&["x509", "-inform", "DER", "-in", &certificate, "-noout", "-pubkey"]).unwrap();
        let public = self.file("public.pem", public.as_bytes());
        openssl(&["dgst", "-sha256", "-verify", &public, "-signature", signature, message]).is_some()
    }
}

/// Standard output, if it ended well.
fn openssl(words: &[&str]) -> Option<String> {
    let output = Command::new("openssl").args(words).output().expect("openssl runs");
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn certify(info: &[u8], name: &str, issuer: &Issuer<'_, KeyPair>) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let key = SubjectPublicKeyInfo::from_der(info).unwrap();
    params.signed_by(&key, issuer).unwrap().der().to_vec()
}

/// 70 the certificate, 71 how it is kept (00: as it is), FE nothing (SP 800-73-4 part 1, appendix A).
fn certificate_object(certificate: &[u8]) -> Vec<u8> {
    let long = |tag: u8, value: &[u8]| {
        let [.., high, low] = value.len().to_be_bytes();
        [&[tag, 0x82, high, low][..], value].concat()
    };
    long(0x53, &[&long(0x70, certificate)[..], &[0x71, 1, 0, 0xFE, 0]].concat())
}

#[test]
fn opensc_knows_the_card_and_lists_what_is_on_it() {
    let bench = Bench::new();
    assert_eq!(bench.run("opensc-tool", &["--name"]).trim(), "Personal Identity Verification Card");
    let keys = bench.run("pkcs15-tool", &["--list-keys"]);
    assert_eq!(keys.matches("Private EC Key").count(), 2, "{keys}");
    assert!(keys.contains("PIV AUTH key") && keys.contains("SIGN key"), "{keys}");
    assert_eq!(keys.matches("FieldLength    : 256").count(), 2, "{keys}");
    let certificates = bench.run("pkcs15-tool", &["--list-certificates"]);
    assert!(certificates.contains("Certificate for PIV Authentication"), "{certificates}");
    assert!(certificates.contains("Certificate for Digital Signature"), "{certificates}");
    let pins = bench.run("pkcs15-tool", &["--list-pins"]);
    assert!(pins.contains("PIN [PIN]") && pins.contains("PIN [PIV PUK]"), "{pins}");
    let read = bench.run("pkcs15-tool", &["--read-certificate", "1"]);
    let read = bench.file("read.pem", read.as_bytes());
    let der = openssl(&["x509", "-in", &read, "-outform", "DER", "-out", &shown(&bench.path("read.der"))]);
    assert!(der.is_some());
    assert_eq!(std::fs::read(bench.path("read.der")).unwrap(), std::fs::read(bench.path("9A.der")).unwrap());
}

#[test]
fn opensc_signs_with_the_pin_and_openssl_agrees() {
    let bench = Bench::new();
    let message = bench.file("message", b"to be signed");
    let other = bench.file("other", b"to be Signed");
    let digest = openssl(&["dgst", "-sha256", "-binary", "-out", &shown(&bench.path("hash")), &message]);
    assert!(digest.is_some());
    let hash = shown(&bench.path("hash"));
    for (key, id) in [("9A", "01"), ("9C", "02")] {
        let signature = shown(&bench.path(&format!("{key}.pkcs15")));
        let words = ["--sign", "--key", id, "--pin", PIN, "--input", &hash, "--output", &signature];
        bench.run("pkcs15-crypt", &[&words[..], &["--sha-256", "--signature-format", "openssl"]].concat());
        assert!(bench.verifies(key, &message, &signature) && !bench.verifies(key, &other, &signature));

        let signature = shown(&bench.path(&format!("{key}.pkcs11")));
        let words =
            ["--sign", "--id", id, "--pin", PIN, "--input-file", &message, "--output-file", &signature];
        let how = ["--mechanism", "ECDSA-SHA256", "--signature-format", "openssl"];
        bench.run("pkcs11-tool", &[&words[..], &how].concat());
        assert!(bench.verifies(key, &message, &signature) && !bench.verifies(key, &other, &signature));
    }
}

#[test]
fn wrong_pins_count_down_until_the_puk_is_needed() {
    let bench = Bench::new();
    let left = || bench.run(PYTHON, &[CLIENT, READER, "tries"]).trim().to_owned();
    assert_eq!(left(), "3");
    for expected in ["2", "1", "0"] {
        let words = ["--verify-pin", "--pin", "111111"];
        let ended = bench.reader.command("pkcs15-tool").args(words).output().unwrap();
        assert!(!ended.status.success());
        assert_eq!(left(), expected);
    }
    bench.run("pkcs15-tool", &["--unblock-pin", "--puk", "31415926", "--new-pin", "141421"]);
    assert_eq!(left(), "3");
    bench.run("pkcs15-tool", &["--verify-pin", "--pin", "141421"]);
    bench.run("pkcs15-tool", &["--change-pin", "--pin", "141421", "--new-pin", PIN]);
    bench.run("pkcs15-tool", &["--verify-pin", "--pin", PIN]);
}

/// `piv-tool` proves to hold the administration key, makes a key, and puts a certificate on the card.
#[test]
fn piv_tool_administrates_the_card() {
    let bench = Bench::new();
    let key = bench.file("admin.key", hex::encode(ADMIN).as_bytes());
    let tool = |words: &[&str]| {
        let mut command = bench.reader.command("env");
        command.arg(format!("PIV_EXT_AUTH_KEY={key}")).args(["piv-tool", "--admin", "M:9B:08"]);
        let output = command.args(words).stdin(Stdio::null()).output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let certificate = shown(&bench.path("9C.pem"));
    let der = shown(&bench.path("9C.der"));
    openssl(&["x509", "-inform", "DER", "-in", &der, "-out", &certificate]).unwrap();
    let said = tool(&["--cert", "9A", "--in", &certificate]);
    let read = bench.run("pkcs15-tool", &["--read-certificate", "1"]);
    assert_eq!(read.trim(), std::fs::read_to_string(&certificate).unwrap().trim(), "{said}");

    // Version 0.23 makes the key and then stumbles over writing it down; what counts here is that the card has another.
    let before = bench.run(PYTHON, &[CLIENT, READER, "sign", PIN, "9A", &"A5".repeat(32)]);
    tool(&["--genkey", "9A:11"]);
    let after = bench.run(PYTHON, &[CLIENT, READER, "sign", PIN, "9A", &"A5".repeat(32)]);
    let hash = bench.file("hash", &[0xA5; 32]);
    let of_first_key = |signature: &str| {
        let signature = bench.file("signature", &hex::decode(signature.trim()).unwrap());
        let der = shown(&bench.path("9A.der"));
        let words = ["pkeyutl", "-verify", "-certin", "-keyform", "DER", "-inkey", &der, "-in", &hash];
        openssl(&[&words[..], &["-sigfile", &signature]].concat()).is_some()
    };
    assert!(of_first_key(&before) && !of_first_key(&after));
}

#[test]
fn pyscard_reads_the_same_certificate_and_signs() {
    let bench = Bench::new();
    let read = bench.run(PYTHON, &[CLIENT, READER, "certificate", "5FC105"]);
    assert_eq!(hex::decode(read.trim()).unwrap(), std::fs::read(bench.path("9A.der")).unwrap());
    let message = bench.file("message", b"to be signed");
    openssl(&["dgst", "-sha256", "-binary", "-out", &shown(&bench.path("hash")), &message]).unwrap();
    let hash = hex::encode(std::fs::read(bench.path("hash")).unwrap());
    for key in ["9A", "9C"] {
        let signature = bench.run(PYTHON, &[CLIENT, READER, "sign", PIN, key, &hash]);
        let signature = bench.file("signature", &hex::decode(signature.trim()).unwrap());
        assert!(bench.verifies(key, &message, &signature));
    }
}
