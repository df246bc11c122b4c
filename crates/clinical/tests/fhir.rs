//! The FHIR projection: element by element, and by an independent validator (`validator/`).

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use clinical::fhir::{
    self, Bundle, DeviceFacts, DeviceStatus, DeviceTrust, IssueType, Observation, OperationOutcome,
    Provenance, Push, Resource, Source, Unknown, capability, fhir_id,
};
use clinical::nomenclature::{self, Kind};
use clinical::person::{Patient, Sex};
use clinical::proof::{Proof, Sealed, Standing, Unsealed};
use seal::{Code, Counter, Decimal, DeviceId, Flags, KeyId, Micros, NO_SAMPLE, Reading, SealHash};
use serde_json::{Value, json};

fn device() -> DeviceId {
    "mon_1.a".parse().unwrap()
}

fn source(device: &DeviceId) -> Source<'_> {
    Source {
        batch: 12,
        device,
        patient: Some("7"),
        time: Micros(1_575_632_092_000_000),
        received: Micros(1_575_632_092_250_000),
        proof: Proof::Sealed(Sealed {
            hash: SealHash([0xab; 32]),
            counter: Counter(42),
            key: KeyId([1; 16]),
        }),
        standing: Standing::Current,
    }
}

fn reading(code: u32, unit: &str, value: &str, flags: Flags) -> Reading {
    Reading::Value {
        code: Code(code),
        unit: unit.parse().unwrap(),
        dt_us: 0,
        value: value.parse().unwrap(),
        flags,
    }
}

fn wave() -> Reading {
    Reading::Wave {
        code: Code(131_330),
        unit: "mV".parse().unwrap(),
        dt_us: -1_000_000,
        period_us: 2_778,
        scale: Decimal { mantissa: 5, exponent: -3 },
        offset: Decimal { mantissa: -1, exponent: 0 },
        samples: vec![0, -200, NO_SAMPLE, 3],
        flags: Flags::NONE,
    }
}

fn text(text: &str) -> Reading {
    Reading::Text { code: Code(184_327), dt_us: 0, text: text.into(), flags: Flags::NONE }
}

fn observation(index: usize, reading: &Reading) -> Value {
    let device = device();
    serde_json::from_str(&Resource::from(Observation::of(&source(&device), index, reading)).to_json())
        .unwrap()
}

#[test]
fn a_heart_rate_is_the_vital_sign_that_fhir_expects() {
    let seal = "ab".repeat(32);
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let profile = "http://hl7.org/fhir/StructureDefinition/";
    assert_eq!(
        observation(3, &reading(147_842, "{beat}/min", "93", Flags::NONE)),
        json!({
            "resourceType": "Observation",
            "id": "12-3",
            "meta": { "lastUpdated": "2019-12-06T11:34:52.25Z", "profile": [format!("{profile}vitalsigns"), format!("{profile}heartrate")] },
            "extension": [{ "url": "urn:medseal:fhir:seal", "extension": [
                { "url": "hash", "valueString": seal },
                { "url": "counter", "valueString": "42" },
                { "url": "key", "valueString": "01".repeat(16) },
            ]}],
            "identifier": [{ "system": "urn:medseal:reading", "value": format!("{seal}/3") }],
            "status": "final",
            "category": [{ "coding": [{ "system": category, "code": "vital-signs" }] }],
            "code": { "coding": [
                { "system": "urn:iso:std:iso:11073:10101", "code": "147842", "display": "MDC_ECG_HEART_RATE" },
                { "system": "http://loinc.org", "code": "8867-4" },
            ]},
            "subject": { "reference": "Patient/7" },
            "effectiveDateTime": "2019-12-06T11:34:52Z",
            "issued": "2019-12-06T11:34:52.25Z",
            "valueQuantity": { "value": 93, "unit": "{beat}/min", "system": "http://unitsofmeasure.org", "code": "/min" },
            "device": { "reference": "Device/mon.u1..a" },
        })
    );
}

#[test]
fn decimals_keep_the_digits_that_were_measured() {
    let device = device();
    for digits in ["97.0", "0.940", "-0.005", "12000", "9007199254740993"] {
        let resource =
            Resource::from(Observation::of(&source(&device), 0, &reading(150_456, "%", digits, Flags::NONE)));
        assert!(
            resource.to_json().contains(&format!("\"value\":{digits},")),
            "{digits}: {}",
            resource.to_json()
        );
    }
}

#[test]
fn flags_reach_receivers_in_their_own_terms() {
    let with = |flags| observation(0, &reading(150_456, "%", "97", flags));
    for staged in [Flags::SIMULATED, Flags::TEST] {
        assert_eq!(with(staged)["meta"]["security"][0]["code"], "HTEST");
    }
    assert_eq!(with(Flags::NONE)["meta"].get("security"), None);
    let calibrating = with(Flags::CALIBRATING);
    assert_eq!(calibrating["dataAbsentReason"]["coding"][0]["code"], "temp-unknown");
    assert_eq!(calibrating.get("valueQuantity"), None);
    assert_eq!(with(Flags::EARLY)["status"], "preliminary");
    let questionable = with(Flags::QUESTIONABLE);
    assert_eq!(
        (&questionable["status"], questionable["note"].as_array().map(Vec::len)),
        (&json!("preliminary"), Some(1))
    );
}

#[test]
fn a_waveform_is_sampled_data() {
    let wave = observation(1, &wave());
    assert_eq!(
        wave["valueSampledData"],
        json!({
            "origin": { "value": -1, "unit": "mV", "system": "http://unitsofmeasure.org", "code": "mV" },
            "period": 2.778, "factor": 0.005, "dimensions": 1, "data": "0 -200 E 3",
        })
    );
    let period = json!({ "start": "2019-12-06T11:34:51Z", "end": "2019-12-06T11:34:51.008334Z" });
    assert_eq!(
        (&wave["effectivePeriod"], &wave["category"][0]["coding"][0]["code"]),
        (&period, &json!("procedure"))
    );
}

#[test]
fn a_vital_sign_in_another_unit_claims_no_profile() {
    let claimed =
        |unit| observation(0, &reading(150_344, unit, "310.2", Flags::NONE))["meta"].get("profile").is_some();
    assert!(claimed("Cel") && claimed("[degF]") && !claimed("K"));
}

#[test]
fn device_ids_stay_apart_as_fhir_ids() {
    let ids = ["a_b", "a.ub", "a..ub", "a-b", "a.b", "a..b"].map(|id| fhir_id(&id.parse().unwrap()));
    for (index, id) in ids.iter().enumerate() {
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)));
        assert!(!ids[..index].contains(id), "{id}");
    }
}

/// Every kind of resource, and an observation of every term in the table with every unit that it is sent in.
fn everything() -> Vec<Resource> {
    let device = device();
    let source = source(&device);
    let mut readings = vec![wave(), text("sinus rhythm"), text("")];
    for term in nomenclature::terms().iter().filter(|term| term.kind == Kind::Metric) {
        let units = if term.ucum.is_empty() { &["1"][..] } else { &term.ucum };
        readings.extend(units.iter().map(|unit| reading(term.code.0, unit, "36.6", Flags::NONE)));
    }
    let flags = [Flags::SIMULATED, Flags::TEST, Flags::CALIBRATING, Flags::EARLY, Flags::QUESTIONABLE];
    readings.extend(flags.map(|flag| reading(147_842, "{beat}/min", "60", flag)));
    readings.push(reading(999_999, "furlong", "1", Flags::NONE));
    let patient = Patient {
        id: "7".into(),
        identifier: "MRN 1".into(),
        authority: "Hospital".into(),
        family: "Brien".into(),
        given: "Zoë".into(),
        born: Some("1960-02-29".parse().unwrap()),
        sex: Sex::Other,
    };
    let nameless = Patient { family: String::new(), given: String::new(), born: None, ..patient.clone() };
    let facts = DeviceFacts {
        id: &device,
        status: DeviceStatus::Inactive,
        trust: DeviceTrust::Seal,
        enrolled: source.time,
        patient: Some("7"),
    };
    let mut resources: Vec<Resource> = readings
        .iter()
        .enumerate()
        .map(|(index, reading)| Observation::of(&source, index, reading).into())
        .collect();
    resources.push(fhir::Patient::from(&patient).into());
    resources.push(fhir::Patient::from(&nameless).into());
    resources.push(fhir::Device::from(&facts).into());
    resources.push(Provenance::of(&source, 3, Some(&[0xd2, 0x84, 0x58])).into());
    resources.push(OperationOutcome::error(IssueType::NotFound, "none").into());
    resources.push(capability("https://ward.example/fhir").into());
    let named = resources[..3]
        .iter()
        .cloned()
        .enumerate()
        .map(|(n, resource)| (format!("Observation/12-{n}"), resource));
    let base = "https://ward.example/fhir";
    resources.push(
        Bundle::searchset(
            base,
            format!("{base}/Observation"),
            Some(format!("{base}/Observation?_cursor=1.1.1")),
            named,
        )
        .into(),
    );
    resources.push(Bundle::searchset(base, format!("{base}/Patient"), None, []).with_total(0).into());
    resources
}

fn validator() -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validator");
    assert!(
        folder.join("node_modules/@medplum/core").is_dir(),
        "the FHIR validator is not installed: run `npm ci --prefix crates/clinical/tests/validator`"
    );
    let mut command = Command::new("node");
    command.arg(folder.join("validate.mjs")).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// What the validator says of these resources: empty when all are valid.
fn validate(lines: &[String]) -> String {
    let mut child = validator().spawn().expect("node runs");
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let problems = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.success(), problems.is_empty(), "the validator failed: {problems}");
    problems
}

#[test]
fn an_independent_validator_accepts_every_resource() {
    let lines: Vec<String> = everything().iter().map(Resource::to_json).collect();
    assert!(lines.len() > 70);
    let problems = validate(&lines);
    let first = problems.lines().next().unwrap_or_default();
    let number = first.split([' ', ':']).nth(1).and_then(|number| number.parse::<usize>().ok());
    assert_eq!(problems, "", "{}", number.map_or("", |number| &lines[number - 1]));
}

#[test]
fn the_validator_can_tell_wrong_from_right() {
    let good = observation(0, &reading(147_842, "/min", "93", Flags::NONE));
    let mut lines = vec![good.to_string()];
    let mut spoil = |change: fn(&mut Value)| {
        let mut bad = good.clone();
        change(&mut bad);
        lines.push(bad.to_string());
    };
    spoil(|bad| bad["status"] = json!(3));
    spoil(|bad| bad["dataAbsentReason"] = json!({ "text": "both" }));
    spoil(|bad| bad["category"] = json!([]));
    spoil(|bad| bad["flavour"] = json!("sweet"));
    spoil(|bad| drop(bad.as_object_mut().unwrap().remove("code")));
    let problems = validate(&lines);
    for number in 2..=lines.len() {
        assert!(problems.contains(&format!("line {number}:")), "line {number} passes: {problems}");
    }
    assert!(!problems.contains("line 1:"), "{problems}");
}

#[test]
fn what_bears_no_seal_says_so_and_is_not_signed() {
    let (device, digest) = (device(), [0xcd; 32]);
    let proof = Proof::Unsealed(Unsealed { source: "icu-2", digest: &digest });
    let source = Source { proof, ..source(&device) };
    let reading = reading(147_842, "/min", "93", Flags::NONE);
    let made = serde_json::to_value(Observation::of(&source, 3, &reading)).unwrap();
    assert_eq!(made["meta"]["tag"][0]["code"], "not-sealed");
    assert_eq!(made["extension"][0]["url"], "urn:medseal:fhir:unsealed");
    assert_eq!(made["identifier"][0]["value"], format!("unsealed-{}/3", "cd".repeat(32)));
    let provenance = serde_json::to_value(Provenance::of(&source, 4, None)).unwrap();
    assert_eq!(
        (&provenance["meta"]["tag"][0]["code"], provenance.get("signature")),
        (&json!("not-sealed"), None)
    );
    let sealed = observation(0, &reading);
    assert_eq!(sealed["meta"].get("tag"), None);
}

#[test]
fn what_was_another_patients_is_entered_in_error() {
    let device = device();
    let source = Source { standing: Standing::WrongPatient, ..source(&device) };
    let made = Observation::of(&source, 0, &reading(147_842, "/min", "93", Flags::EARLY));
    assert_eq!(made.status, "entered-in-error");
}

/// A batch of each kind of reading, on its way to another server.
fn pushed(standing: Standing, corrected: Option<i64>, unknown: Unknown) -> Value {
    let (device, proof) = (device(), [1, 2, 3]);
    let readings = [reading(147_842, "/min", "93", Flags::NONE), wave(), text("sinus rhythm")];
    let patient = Patient {
        id: "7".into(),
        identifier: "MRN|7".into(),
        authority: String::new(),
        family: "Example".into(),
        given: "Eve".into(),
        born: None,
        sex: Sex::Female,
    };
    let push = Push {
        source: Source { standing, ..source(&device) },
        readings: readings.iter().enumerate().collect(),
        cose_sign1: Some(&proof),
        corrected,
        device: DeviceFacts {
            id: &device,
            status: DeviceStatus::Active,
            trust: DeviceTrust::Seal,
            enrolled: Micros(0),
            patient: Some("7"),
        },
        patient: &patient,
        patient_system: "urn:example:mrn",
        unknown,
    };
    let text = serde_json::to_string(&push.transaction().unwrap()).unwrap();
    assert_eq!(
        text,
        serde_json::to_string(&push.transaction().unwrap()).unwrap(),
        "the same bytes each time"
    );
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_transaction_is_valid_and_doing_it_twice_is_doing_it_once() {
    let current = pushed(Standing::Current, None, Unknown::Refuse);
    let created = pushed(Standing::Current, Some(40), Unknown::Create);
    let wrong = pushed(Standing::WrongPatient, None, Unknown::Refuse);
    let mut lines = Vec::new();
    for bundle in [&current, &created, &wrong] {
        lines.push(bundle.to_string());
        lines.extend(bundle["entry"].as_array().unwrap().iter().map(|entry| entry["resource"].to_string()));
    }
    assert_eq!(validate(&lines), "");

    let requests = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries
            .map(|entry| {
                let request = &entry["request"];
                let condition = request["ifNoneExist"].as_str().map(|search| format!(" unless {search}"));
                format!(
                    "{} {}{}",
                    request["method"].as_str().unwrap(),
                    request["url"].as_str().unwrap(),
                    condition.unwrap_or_default()
                )
            })
            .collect()
    };
    let hash = "ab".repeat(32);
    assert_eq!(
        requests(&current),
        [
            "POST Device unless identifier=urn%3Amedseal%3Adevice%7Cmon_1.a".to_owned(),
            format!("POST Observation unless identifier=urn%3Amedseal%3Areading%7C{hash}%2F0"),
            format!("POST Observation unless identifier=urn%3Amedseal%3Areading%7C{hash}%2F1"),
            format!("POST Observation unless identifier=urn%3Amedseal%3Areading%7C{hash}%2F2"),
            format!("PUT Provenance/{hash}"),
        ]
    );
    // The wrong patient's is found by the name it was sent with and taken back; the right patient's has a name of its own.
    assert_eq!(
        requests(&wrong)[1],
        format!("PUT Observation?identifier=urn%3Amedseal%3Areading%7C{hash}%2F0")
    );
    assert_eq!(wrong["entry"][1]["resource"]["status"], "entered-in-error");
    assert!(requests(&wrong).iter().all(|request| !request.contains("Provenance")));
    assert!(
        requests(&created)[2].ends_with(&format!("{hash}%2Fcorrected-40%2F0")),
        "{:?}",
        requests(&created)
    );
    assert_eq!(requests(&created)[1], "POST Patient unless identifier=urn%3Aexample%3Amrn%7CMRN%5C%7C7");

    let subject = &current["entry"][1]["resource"]["subject"]["reference"];
    assert_eq!(subject, "Patient?identifier=urn%3Aexample%3Amrn%7CMRN%5C%7C7");
    assert_eq!(created["entry"][2]["resource"]["subject"]["reference"], created["entry"][1]["fullUrl"]);
    for entry in current["entry"].as_array().unwrap() {
        let is_put = entry["request"]["method"] == "PUT";
        assert_eq!(entry["resource"].get("id").is_some(), is_put, "{entry}");
    }
}
