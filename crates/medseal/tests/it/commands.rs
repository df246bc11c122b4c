//! `medseal card info` and `script`.

use crate::cards::card;
use crate::support::{medseal, output, shown};

#[test]
fn info_says_what_the_card_is() {
    let card = card();
    let said: serde_json::Value =
        serde_json::from_str(&output(&["card", "info", &card.image, "--json"])).unwrap();
    assert_eq!(said["reset"]["protocols"], serde_json::json!(["T=1"]));
    assert!(said["reset"]["historical_text"].as_str().unwrap().contains("MEDSEAL"), "{said}");
    assert_eq!(said["platform"]["issuer_domain"], "A000000151000000");
    assert_eq!(said["platform"]["keys"].as_array().unwrap().len(), 3, "{said}");
    assert_eq!(said["content"]["applications"], 1, "{said}");
    assert_eq!(said["content"]["packages"], 1, "{said}");
    // Who has no keys hears what the card tells anybody.
    std::fs::rename(format!("{}.keys", card.image), format!("{}.away", card.image)).unwrap();
    let said = output(&["card", "info", &card.image]);
    assert!(said.contains("A000000151000000") && said.contains("for whoever has the keys"), "{said}");
}

const SCRIPT: &str = "\
# The identity applet, and the card's domain over a channel.
reset => 3B .. 80 31 ..
8028000000 => 6D00
select F04D45445345414C01 => 9000
set pin 313233343536
0020008006 $pin => 9000
8028000000 => 01 .. 9000
keep status
secure
80F2800202 4F00 00 => E3 .. 9000
plain
# While its channel is open the domain takes nothing unprotected.
8028000000 => 6982
select F04D45445345414C01 => .. 90 0?
";

#[test]
fn a_script_holds_the_card_to_what_it_expects() {
    let card = card();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("test.apdu");
    std::fs::write(&script, SCRIPT).unwrap();
    let path = shown(&script);
    let said = output(&["card", "script", &card.image, &path]);
    assert_eq!(said.lines().count(), 8, "{said}");
    assert!(said.starts_with("2: reset => 3B"), "{said}");
    assert_eq!(output(&["card", "script", &card.image, &path, "--quiet"]), "");
    let report = output(&["card", "script", &card.image, &path, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["commands"], &report["mismatches"]), (&8.into(), &0.into()), "{report}");
}

#[test]
fn each_answer_that_is_not_as_expected_is_named_with_its_line() {
    let card = card();
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("wrong.apdu");
    for (text, code, says) in [
        (
            "80280000 00 => 9000\n\nselect F04D45445345414C01 => 6A82\n",
            1,
            &["wrong.apdu:1", "6D00", "wrong.apdu:3"][..],
        ),
        ("select F04D45445345414C01\n00A4", 2, &["wrong.apdu:2", "4 bytes"]),
        ("0020008006 $pin\n", 2, &["wrong.apdu:1", "pin"]),
    ] {
        std::fs::write(&script, text).unwrap();
        let ended = medseal(&["card", "script", &card.image, &shown(&script)]).output().unwrap();
        let complained = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{text}: {complained}");
        assert!(says.iter().all(|words| complained.contains(words)), "{text}: {complained}");
    }
}
