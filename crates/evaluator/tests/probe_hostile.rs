//! What programs and files tell procedures, changed at random: it is read or refused, and nothing stops the reader. Captures have a
//! loop of their own beside their reader.

use evaluator::probe::bom::Bom;
use evaluator::probe::credentials::{read, statistics};
use evaluator::probe::osv::OsvRecord;
use evaluator::probe::{Nmap, offer};
use std::collections::BTreeSet;

const SAMPLES: [&str; 6] = [
    r#"<nmaprun><host><ports><port protocol="tcp" portid="443"><state state="open"/><service name="http" version="1"/></port></ports></host><runstats><finished exit="success"/><hosts up="1"/></runstats></nmaprun>"#,
    r#"[{"id":"TLS1_2","finding":"offered"},{"id":"cipher-tls1_2_xc02c","finding":"TLS 1.2 xc02c A B C 256 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},{"id":"cert_signatureAlgorithm","finding":"ECDSA with SHA256"}]"#,
    r#"{"bomFormat":"CycloneDX","components":[{"name":"a","purl":"pkg:npm/%40s/a@1.0.0","components":[{"name":"b"}]}]}"#,
    "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n",
    r#"{"id":"X","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"crates.io","name":"a"},"versions":["1.0"],"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"1.2.3-rc.1"},{"limit":"9.0.0"}]}]}]}"#,
    "unit\tserial\tcredential\nA\t1001\tXk4mP9\nB\t1002\t1002ab\n",
];
const PIECES: [&str; 14] =
    ["<", ">", "\"", "{", "}", "[", "&#x0;", "\u{0}", "é", "%", "99999999999999999999", "-", "\t", "~"];

fn all(text: &str) {
    let declared = ["TLS 1.2 with ECDHE and AES-GCM".to_owned(), text.to_owned()];
    let _ = Nmap::parse(text);
    if let Ok(offer) = offer(text) {
        let _ = (offer.differences(&declared), offer.not_seen(&declared));
    }
    let _ = Bom::parse(text);
    if let Ok(record) = OsvRecord::parse(text.as_bytes()) {
        for affected in &record.affected {
            for ecosystem in ["crates.io", "Debian:12", "PyPI", text] {
                let _ = (affected.covers(ecosystem, "1.0.0-1"), affected.covers(ecosystem, text));
            }
        }
    }
    if let Ok(units) = read(text) {
        let _ = statistics(&units, &BTreeSet::from(["summer".to_owned()]));
    }
}

#[test]
fn nothing_that_a_program_or_a_file_says_stops_a_reader() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |bound: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % bound as u64).unwrap()
    };
    for round in 0..12_000 {
        let mut text: Vec<char> = SAMPLES[round % SAMPLES.len()].chars().collect();
        for _ in 0..=below(5) {
            let at = below(text.len());
            let until = (at + below(6)).min(text.len());
            text.splice(at..until, PIECES[below(PIECES.len())].chars());
        }
        let text: String = text.into_iter().collect();
        all(&text);
    }
    for sample in SAMPLES {
        for (end, _) in sample.char_indices() {
            all(&sample[..end]);
        }
    }
}
