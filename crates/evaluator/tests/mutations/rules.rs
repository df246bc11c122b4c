//! Each rule that the tables do not yield: scope, samples, endpoints, cryptography, protection, questionnaires.

use super::Mutation;
use super::edit::{Texts, append, quote, remove, set, whole, without};
use evaluator::catalog::{Catalog, Standing};
use evaluator::finding::Rule;

const AUTH: &str = "ixit/01-auth-mech.toml";
const COMPONENTS: &str = "ixit/06-soft-comp.toml";
const UPDATES: &str = "ixit/07-upd-mech.toml";
const PARAMETERS: &str = "ixit/10-sec-param.toml";
const COMMUNICATION: &str = "ixit/11-com-mech.toml";
const SERVICES: &str = "ixit/13-soft-serv.toml";
const INTERFACES: &str = "ixit/15-intf.toml";
const BOOT: &str = "ixit/20-sec-boot.toml";

pub(crate) fn mutations(catalog: &Catalog, sample: &Texts) -> Vec<Mutation> {
    let mut all = single_values(sample);
    all.extend(documents(sample));
    all.extend(cryptography(catalog, sample));
    all.extend(questionnaires(catalog, sample));
    all
}

/// One value of one document, and the rule it breaks.
const VALUES: &[(&str, &str, usize, &str, Rule)] = &[
    ("evaluation.toml", "edition", 0, "\"V9\"", Rule::BadChoice),
    ("evaluation.toml", "basis", 0, "\"in-scope\"", Rule::ScopeBasis),
    ("evaluation.toml", "scope-statement", 0, "\"All of the product is evaluated.\"", Rule::ScopeStatement),
    ("evaluation.toml", "scope-statement", 0, "\"This evaluation is voluntary.\"", Rule::ScopeStatement),
    ("dut.toml", "included", 0, "[]", Rule::ScopeEmpty),
    ("dut.toml", "excluded", 0, "[\"cloud service\"]", Rule::ScopeReason),
    ("dut.toml", "sacrificial", 0, "4", Rule::SamplesSacrificial),
    ("dut.toml", "sacrificial", 0, "0", Rule::SamplesNone),
    ("dut.toml", "units", 0, "1", Rule::SamplesOne),
    ("dut.toml", "available", 0, "false", Rule::SbomDenied),
    ("dut.toml", "row", 0, "\"SoftServ-9\"", Rule::EndpointRow),
    ("dut.toml", "row", 0, "\"UpdMech-1\"", Rule::EndpointRow),
    ("dut.toml", "address", 0, "\"192.0.2.7\"", Rule::EndpointAddress),
    ("dut.toml", "address", 0, "\"https:///\"", Rule::EndpointAddress),
    ("dut.toml", "anonymous-status", 0, "40", Rule::EndpointStatus),
    ("dut.toml", "units", 0, "-1", Rule::WrongType),
    (AUTH, "description", 0, "\"Log-in\"", Rule::TextThin),
    (AUTH, "authentication-factor", 0, "\"shared-password\"", Rule::SharedPassword),
    (AUTH, "authentication-factor", 0, "\"none\"", Rule::NoFactor),
    (AUTH, "authentication-factor", 0, "\"unit-password\"", Rule::PasswordGeneration),
    (AUTH, "brute-force-prevention", 0, "\"none: not needed\"", Rule::BruteForce),
    (AUTH, "security-guarantees", 0, "[\"confidentiality\"]", Rule::LoginUnprotected),
    (AUTH, "cryptographic-details", 0, "\"none: not needed\"", Rule::CryptoUndeclared),
    ("ixit/04-conf.toml", "confirmation-of-secure-management", 0, "\"confirmed\"", Rule::Unsigned),
    (COMPONENTS, "update-mechanism", 0, "[\"UpdMech-1\", \"UpdMech-1\"]", Rule::RefTwice),
    (UPDATES, "security-guarantees", 0, "[\"freshness\"]", Rule::UpdateUnprotected),
    (UPDATES, "security-guarantees", 0, "[\"authenticity\"]", Rule::UpdateUnprotected),
    (UPDATES, "update-checking", 0, "\"never\"", Rule::UpdateNever),
    (UPDATES, "cryptographic-details", 0, "\"none: not needed\"", Rule::CryptoUndeclared),
    (PARAMETERS, "security-guarantees", 0, "[\"integrity\"]", Rule::CriticalUnprotected),
    (PARAMETERS, "security-guarantees", 0, "[\"confidentiality\"]", Rule::CriticalUnprotected),
    (PARAMETERS, "security-guarantees", 1, "[\"authenticity\"]", Rule::PublicUnprotected),
    (PARAMETERS, "generation-mechanism", 0, "\"same-in-all-units\"", Rule::SharedParameter),
    (PARAMETERS, "provisioning-mechanism", 0, "\"hard-coded-in-source\"", Rule::HardCodedParameter),
    (PARAMETERS, "communication-mechanisms", 0, "[\"AuthMech-1\"]", Rule::RefTable),
    (COMMUNICATION, "cryptographic-details", 0, "\"none: not needed\"", Rule::CryptoUndeclared),
    (SERVICES, "authentication-mechanism", 0, "\"none: at home only\"", Rule::ServiceOpen),
    (SERVICES, "justification", 0, "\"none: it is there\"", Rule::ServiceUnjustified),
    (INTERFACES, "status", 2, "\"enabled\"", Rule::DebugOpen),
    (INTERFACES, "protection", 1, "\"none: nothing\"", Rule::InterfaceUnprotected),
    (BOOT, "security-guarantees", 0, "[\"integrity\"]", Rule::BootUnprotected),
    (BOOT, "security-guarantees", 0, "[\"authenticity\"]", Rule::BootUnprotected),
];

fn single_values(sample: &Texts) -> Vec<Mutation> {
    let mut all: Vec<Mutation> = VALUES
        .iter()
        .map(|(file, key, nth, value, rule)| {
            Mutation::new(
                format!("{file} {key} = {value}"),
                set(sample, file, key, *nth, value),
                *rule,
                *file,
            )
        })
        .collect();
    let unclear = set(sample, COMMUNICATION, "security-guarantees", 0, "[\"integrity\"]");
    let person = "ixit/21-pers-data.toml";
    all.push(Mutation::new("sensitive data in clear", unclear, Rule::CarriedInClear, person));
    let unclear = set(sample, COMMUNICATION, "security-guarantees", 1, "[\"integrity\"]");
    all.push(Mutation::new("critical parameter in clear", unclear, Rule::CarriedInClear, PARAMETERS));
    all.push(Mutation::new(
        "SBOM without location",
        remove(sample, "dut.toml", "location", 0),
        Rule::SbomLocation,
        "dut.toml",
    ));
    let first = "\"Application and operating system image\"";
    let copied = set(sample, COMPONENTS, "description", 1, first);
    all.push(Mutation::new("copied row", copied, Rule::RowCopied, COMPONENTS));
    let row = sample[UPDATES].split_once("[[row]]").unwrap().1.replace("UpdMech-1", "UpdMech-2");
    let row = row.replace("The device fetches", "By cable the device fetches");
    let unused = append(sample, UPDATES, &format!("[[row]]{row}"));
    all.push(Mutation::new("mechanism of nothing", unused, Rule::Unreferenced, UPDATES).about("UpdMech-2"));
    let silent = "none = \"The product has nothing of this kind.\"\n";
    for (file, provision) in [
        ("ixit/16-code-min.toml", "5.6-6"),
        ("ixit/17-privl-ctrl.toml", "5.6-7"),
        ("ixit/18-acc-ctrl.toml", "5.6-8"),
        (UPDATES, "5.3-7"),
        (COMMUNICATION, "5.5-1"),
        (INTERFACES, "5.6-1"),
        ("ixit/26-user-dec.toml", "5.12-1"),
        ("ixit/23-res-mech.toml", "5.9-1"),
    ] {
        let claimed = Mutation::new(
            format!("{provision} claimed without {file}"),
            whole(sample, file, silent),
            Rule::ClaimWithoutTable,
            "ics.toml",
        );
        all.push(claimed.about(provision));
    }
    all
}

fn documents(sample: &Texts) -> Vec<Mutation> {
    let mut all = Vec::new();
    let optional = ["mds2.toml", "jsp.toml", "fhir.toml", "probe.toml"];
    for file in sample.keys().filter(|file| !optional.contains(&file.as_str())) {
        let name = format!("without {file}");
        all.push(Mutation::new(name, without(sample, file), Rule::DocumentMissing, file));
    }
    for file in sample.keys() {
        let broken = append(sample, file, "this is = = not TOML");
        all.push(Mutation::new(format!("{file} broken"), broken, Rule::Syntax, file));
        let extra = format!("surprise = 1\n{}", sample[file]);
        all.push(Mutation::new(
            format!("{file} extra key"),
            whole(sample, file, extra),
            Rule::UnknownKey,
            file,
        ));
    }
    let stray = whole(sample, "notes.toml", "a = 1\n");
    all.push(Mutation::new("a stray file", stray, Rule::DocumentUnknown, "notes.toml"));
    let rows = "[[row]]\nid = \"x\"\n".repeat(10_001);
    all.push(Mutation::new(
        "too many rows",
        whole(sample, "ixit/22-ext-sens.toml", rows),
        Rule::DocumentSize,
        "ixit/22-ext-sens.toml",
    ));
    let near = append(sample, "ics.toml", "\"5.14-1\" = { answer = \"Y\" }");
    all.push(Mutation::new("no such provision", near, Rule::UnknownProvision, "ics.toml"));
    let feature = append(sample, "dut.toml", "teleportation = true");
    all.push(Mutation::new("no such feature", feature, Rule::UnknownKey, "dut.toml"));
    all
}

/// Each pattern that is not good, where algorithms are declared.
fn cryptography(catalog: &Catalog, sample: &Texts) -> Vec<Mutation> {
    let mut all = Vec::new();
    let fields = [
        (AUTH, "cryptographic-details"),
        (UPDATES, "cryptographic-details"),
        (COMMUNICATION, "cryptographic-details"),
    ];
    for (index, pattern) in catalog.crypto.iter().enumerate() {
        let (file, key) = fields[index % fields.len()];
        let name = pattern.words.join(" ");
        let with = |entry: &str| set(sample, file, key, 0, &format!("[{}]", quote(entry)));
        let rule = match pattern.standing {
            Standing::Good => continue,
            Standing::Legacy => Rule::CryptoLegacy,
            Standing::Vague => Rule::CryptoVague,
            Standing::Weak => Rule::CryptoWeak,
        };
        all.push(Mutation::new(format!("{file} uses {name}"), with(&name), rule, file));
        if pattern.standing == Standing::Weak {
            let justified = with(&format!("{name}: only for labels that nothing rests on"));
            let rule = Rule::CryptoWeakJustified;
            all.push(Mutation::new(format!("{file} justifies {name}"), justified, rule, file));
        }
    }
    let unknown = set(sample, AUTH, "cryptographic-details", 0, "[\"Frobnicate 7\"]");
    all.push(Mutation::new("an unknown algorithm", unknown, Rule::CryptoUnknown, AUTH));
    all
}

fn questionnaires(catalog: &Catalog, sample: &Texts) -> Vec<Mutation> {
    let mut all = Vec::new();
    for parent in &catalog.mds2 {
        let children = catalog.mds2.iter().filter(|child| parent.is_above(child));
        for child in children {
            let denied = set(sample, "mds2.toml", &quote(&parent.id), 0, "\"no\"");
            let texts = set(&denied, "mds2.toml", &quote(&child.id), 0, "\"yes\"");
            let name = format!("{} without {}", child.id, parent.id);
            let mutation = Mutation::new(name, texts, Rule::ChildWithoutParent, "mds2.toml");
            all.push(mutation.about(child.id.as_str()));
        }
    }
    let cases = [
        ("mds2.toml", "\"ALOF-1\"", "\"see-note\"", Rule::NoteMissing),
        ("mds2.toml", "\"ALOF-1\"", "\"perhaps\"", Rule::BadChoice),
        ("mds2.toml", "\"ALOF-1\"", "\"?\"", Rule::OpenPlaceholder),
        ("mds2.toml", "\"ALOF-1\"", "true", Rule::WrongType),
        ("jsp.toml", "\"F.3\"", "\"done\"", Rule::EvidenceMissing),
        ("jsp.toml", "\"F.3\"", "\"yes\"", Rule::BadChoice),
        ("fhir.toml", "\"TLS\"", "\"perhaps\"", Rule::BadChoice),
    ];
    for (file, key, value, rule) in cases {
        let name = format!("{file} {key} = {value}");
        all.push(Mutation::new(name, set(sample, file, key, 0, value), rule, file));
    }
    for file in ["mds2.toml", "jsp.toml", "fhir.toml"] {
        let extra = append(sample, file, "\"XX-99\" = \"yes\"");
        all.push(Mutation::new(format!("{file} extra"), extra, Rule::UnknownQuestion, file));
    }
    let missing = remove(sample, "mds2.toml", "\"SBOM-2.3\"", 0);
    all.push(Mutation::new("SBOM-2.3 missing", missing, Rule::MissingKey, "mds2.toml"));
    all
}
