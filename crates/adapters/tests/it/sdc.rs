//! SDC: what a provider of another make sent (sdc11073), and what cannot be read.

use std::collections::BTreeSet;

use adapters::sdc::{Followed, Follower, Metadata, read_mdib, subscription};
use adapters::{Alert, Decoded, Problem, Record, Said};
use seal::{Decimal, Reading, Unit};

use crate::captures::{CAME, SDC, account, lines, replayed};

/// A device that is put in another's place at the same address does not measure in its name; what the configuration says stands.
#[test]
fn whoever_comes_next_is_not_whoever_was_there_before() {
    let begins: Vec<usize> =
        SDC.windows(5).enumerate().filter(|(_, it)| *it == b"<?xml").map(|(at, _)| at).collect();
    let documents: Vec<&[u8]> = begins.windows(2).map(|at| &SDC[at[0]..at[1]]).collect();
    let next = String::from_utf8_lossy(documents[2]).replace("MdibVersion=\"1\"", "MdibVersion=\"2\"");
    for (configured, names) in [(None, ["SN-1", "SN-2"]), (Some("bed-3"), ["bed-3", "bed-3"])] {
        let mut follower = Follower::new(configured.map(str::to_owned));
        follower.know(read_mdib(documents[1]).unwrap());
        for ((told, report), name) in [("SN-1", documents[2]), ("SN-2", next.as_bytes())].iter().zip(names) {
            follower.name(Some((*told).to_owned()));
            let Ok(Followed::Record { record, .. }) = follower.message(report, CAME) else {
                panic!("{told}")
            };
            assert_eq!(record.device, name);
        }
    }
}

#[test]
fn a_providers_messages_are_read_by_its_mdib() {
    let report = replayed("sdc", None, SDC);
    let shown: Vec<String> = lines(&report).into_iter().map(|line| without_time(&line)).collect();
    let wanted = [
        "SN-4711 150456 97 % 0",
        "SN-4711 149530 71.5 /min 0",
        "SN-4711 184327 \"Sinus <rhythm>\" 0",
        "SN-4711 150456 88 % 0",
    ];
    assert_eq!(shown, wanted);
    assert_eq!(alerts(report.decoded()), ["SN-4711 lead-off: alarm PL 196882 MDC_EVT_LEADS_OFF, 71.5 /min"]);
    let wrong: Vec<String> = report.wrong().map(|(_, what, problem)| format!("{what}: {problem}")).collect();
    assert_eq!(
        wrong,
        [
            "vendor: code, which is not MDC: 7 is not known",
            "reports: number 8 follows 6: something between them is missing"
        ]
    );
    let kept = account(&report);
    for line in [
        "metadata: names the device and its services",
        "pulse: kept: the device says that it is not valid",
        "end: the subscription is over",
    ] {
        assert!(kept.iter().any(|kept| kept.ends_with(line)), "{line}: {kept:#?}");
    }
}

/// A line for each thing that is said of an alarm.
fn alerts<'a>(decoded: impl Iterator<Item = &'a Decoded>) -> Vec<String> {
    let mut lines = Vec::new();
    for decoded in decoded {
        for Alert { name, said } in &decoded.alerts.told {
            let said = match said {
                Said::Acknowledged => "acknowledged".to_owned(),
                Said::Condition(of) => {
                    let state = if of.holds { "alarm" } else { "none" };
                    let code = of.code.map(|code| format!(" {code}")).unwrap_or_default();
                    let unit = |unit: Option<Unit>| unit.map(|unit| format!(" {unit}")).unwrap_or_default();
                    let value =
                        of.value.map(|(value, of)| format!(", {value}{}", unit(of))).unwrap_or_default();
                    let bound = |at: &str, bound: Option<Decimal>| {
                        bound.map(|it| format!(" {at}{it}")).unwrap_or_default()
                    };
                    let limits = format!("{}{}", bound(">", of.low), bound("<", of.high));
                    format!("{state} {}{code} {}{value}{limits}", of.priority.word(), of.text)
                }
            };
            lines.push(format!("{} {name}: {said}", decoded.device));
        }
    }
    lines
}

/// A line without its second word, which is when it was measured.
fn without_time(line: &str) -> String {
    let mut words = line.splitn(3, ' ');
    let (device, _, rest) = (words.next().unwrap(), words.next(), words.next().unwrap());
    format!("{device} {rest}")
}

const HEAD: &str = "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
    xmlns:m=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/message\" \
    xmlns:p=\"http://standards.ieee.org/downloads/11073/11073-10207-2017/participant\" \
    xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Body>";

fn envelope(body: &str) -> String {
    format!("{HEAD}{body}</s:Body></s:Envelope>")
}

fn mdib(version: u64) -> String {
    let metric = |handle: &str, kind: &str, more: &str| {
        format!(
            "<p:Metric Handle=\"{handle}\" x:type=\"p:{kind}MetricDescriptor\" Resolution=\"0.5\" {more}>\
             <p:Type Code=\"131328\"/><p:Unit Code=\"266418\"/></p:Metric>"
        )
    };
    let wave = metric("wave", "RealTimeSampleArray", "SamplePeriod=\"PT0.004S\"");
    let (number, unknown) = (metric("number", "Numeric", ""), metric("strange", "RealTimeSampleArray", ""));
    envelope(&format!(
        "<m:GetMdibResponse SequenceId=\"urn:a\" MdibVersion=\"{version}\"><m:Mdib SequenceId=\"urn:a\" MdibVersion=\"{version}\">\
         <p:MdDescription><p:Mds Handle=\"mds\">{wave}{number}{unknown}</p:Mds></p:MdDescription></m:Mdib></m:GetMdibResponse>"
    ))
}

fn report(sequence: &str, version: u64, states: &str) -> String {
    envelope(&format!(
        "<m:EpisodicMetricReport SequenceId=\"{sequence}\" MdibVersion=\"{version}\"><m:ReportPart>{states}</m:ReportPart></m:EpisodicMetricReport>"
    ))
}

fn state(handle: &str, value: &str, quality: &str) -> String {
    format!(
        "<m:MetricState DescriptorHandle=\"{handle}\"><p:MetricValue {value}><p:MetricQuality {quality}/></p:MetricValue></m:MetricState>"
    )
}

#[test]
fn waveforms_have_their_samples_and_values_their_worth() {
    let at = "DeterminationTime=\"1795342800100\"";
    let states = [
        state("wave", &format!("{at} Samples=\"0 0.5 -1 1.74\""), "Validity=\"Vld\""),
        state("number", &format!("{at} Value=\"1.50\""), "Validity=\"Qst\" Mode=\"Demo\""),
        state("number", &format!("{at} Value=\"1.50\""), "Validity=\"Oflw\""),
        state("number", &format!("{at} Value=\"1.50\""), "Validity=\"NA\""),
        state("number", "Value=\"1.25\"", "Validity=\"Vld\""),
        state("number", &format!("{at} Value=\"high\""), "Validity=\"Vld\""),
        state("strange", &format!("{at} Samples=\"1\""), "Validity=\"Vld\""),
        state("nobody", &format!("{at} Value=\"1\""), "Validity=\"Vld\""),
    ];
    let mut follower = Follower::new(Some("d".into()));
    follower.know(read_mdib(mdib(4).as_bytes()).unwrap());
    let Followed::Record { record, gap: None } =
        follower.message(report("urn:a", 5, &states.concat()).as_bytes(), CAME).unwrap()
    else {
        panic!("no record")
    };
    assert_eq!(record.received, Some(CAME), "one of its values has no time of its own");
    let record = Record::parse(&record.encode()).unwrap();
    let decoded = adapters::read(&record, &clinical::hl7::Zone::UTC).unwrap();
    assert_eq!(decoded.time.0, 1_795_342_800_100_000 - 3 * 4000, "the time is the last sample's");
    let Reading::Wave { samples, period_us, scale, .. } = &decoded.readings[0] else { panic!("{decoded:?}") };
    assert_eq!(
        (samples.as_slice(), *period_us, scale.to_string().as_str()),
        (&[0, 1, -2, 3][..], 4000, "0.5")
    );
    let rest: Vec<String> = decoded.readings[1..]
        .iter()
        .map(|reading| match reading {
            Reading::Value { value, flags, .. } => format!("{value} {}", flags.0),
            Reading::Text { text, flags, .. } => format!("{text} {}", flags.0),
            Reading::Wave { .. } => "wave".into(),
        })
        .collect();
    assert_eq!(rest, ["1.50 3", "above the device's range 1", "1.25 0"]);
    let wrong: Vec<String> = decoded.reported().map(|(_, problem)| problem.to_string()).collect();
    assert_eq!(
        wrong,
        ["not a decimal number: \"high\"", "sample period  is not known", "descriptor nobody is not known"]
    );
}

const ALARMS: &str = "<m:GetMdibResponse SequenceId=\"urn:a\" MdibVersion=\"4\"><m:Mdib SequenceId=\"urn:a\" MdibVersion=\"4\">\
    <p:MdDescription><p:Mds Handle=\"mds\"><p:AlertSystem Handle=\"alerts\">\
    <p:AlertCondition x:type=\"p:LimitAlertConditionDescriptor\" Handle=\"low\" Kind=\"Phy\" Priority=\"Hi\"><p:Type Code=\"196670\">\
    <p:ConceptDescription Lang=\"en\">SpO2 low</p:ConceptDescription></p:Type><p:Source>saturation</p:Source></p:AlertCondition>\
    <p:AlertCondition Handle=\"own\" Kind=\"Oth\" Priority=\"None\"><p:Type Code=\"9\" CodingSystem=\"urn:x\"/></p:AlertCondition>\
    <p:AlertSignal Handle=\"lamp\" ConditionSignaled=\"low\" Manifestation=\"Vis\"/></p:AlertSystem>\
    <p:Metric Handle=\"saturation\" x:type=\"p:NumericMetricDescriptor\"><p:Type Code=\"150456\"/><p:Unit Code=\"262688\"/></p:Metric>\
    </p:Mds></p:MdDescription></m:Mdib></m:GetMdibResponse>";

fn alerting(version: u64, states: &str) -> String {
    envelope(&format!(
        "<m:EpisodicAlertReport SequenceId=\"urn:a\" MdibVersion=\"{version}\"><m:ReportPart>{states}</m:ReportPart></m:EpisodicAlertReport>"
    ))
}

fn condition(handle: &str, presence: &str, more: &str) -> String {
    format!(
        "<m:AlertState DescriptorHandle=\"{handle}\" ActivationState=\"On\" Presence=\"{presence}\" DeterminationTime=\"1795342800100\" {more}>\
         <p:Limits Lower=\"90\"/></m:AlertState>"
    )
}

#[test]
fn alerts_are_read_with_what_they_are_about() {
    let mut follower = Follower::new(Some("d".into()));
    follower.know(read_mdib(envelope(ALARMS).as_bytes()).unwrap());
    let asked: BTreeSet<&str> = follower.alerts().collect();
    assert_eq!(asked, BTreeSet::from(["lamp", "low", "own", "saturation"]));
    let mut say = |text: String| {
        let Followed::Record { record, gap: None } = follower.message(text.as_bytes(), CAME).unwrap() else {
            panic!("no record of {text}")
        };
        let record = Record::parse(&record.encode()).unwrap();
        let decoded = adapters::read(&record, &clinical::hl7::Zone::UTC).unwrap();
        assert_eq!(decoded.reported().count(), 0, "{decoded:?}");
        (alerts([&decoded].into_iter()), decoded)
    };
    let at = "DeterminationTime=\"1795342800000\"";
    let metric = |value: &str| state("saturation", &format!("{at} Value=\"{value}\""), "Validity=\"Vld\"");
    assert_eq!(say(alerting(5, &condition("low", "true", ""))).0, ["d low: alarm PH 150456 SpO2 low >90"]);
    say(report("urn:a", 6, &metric("85")));
    let (said, decoded) = say(alerting(7, &condition("low", "true", "ActualPriority=\"Me\"")));
    assert_eq!(said, ["d low: alarm PM 150456 SpO2 low, 85 % >90"]);
    assert_eq!((decoded.readings.len(), decoded.alerts.are_all), (0, false));
    let lamp = |presence: &str| {
        format!("<m:AlertState DescriptorHandle=\"lamp\" ActivationState=\"On\" Presence=\"{presence}\"/>")
    };
    assert_eq!(say(alerting(8, &lamp("On"))).0, Vec::<String>::new());
    assert_eq!(say(alerting(9, &lamp("Ack"))).0, ["d low: acknowledged"]);
    assert_eq!(say(alerting(10, &condition("own", "true", ""))).0, Vec::<String>::new(), "no alarm, it says");
    let off = condition("low", "true", "").replace("=\"On\"", "=\"Psd\"");
    assert_eq!(
        say(alerting(11, &off)).0,
        ["d low: none PH 150456 SpO2 low, 85 % >90"],
        "it does not look for it"
    );

    // The answer to how they are may be ahead of what is still under way.
    let answer = format!(
        "<m:GetMdStateResponse SequenceId=\"urn:a\" MdibVersion=\"20\"><m:MdState>{}{}{}</m:MdState></m:GetMdStateResponse>",
        condition("low", "true", ""),
        lamp("Ack"),
        metric("84").replace("MetricState", "State"),
    );
    let (said, decoded) = say(envelope(&answer));
    assert_eq!(said, ["d low: alarm PH 150456 SpO2 low, 84 % >90", "d low: acknowledged"]);
    assert_eq!((decoded.readings.len(), decoded.alerts.are_all, decoded.time), (0, true, CAME));
    assert_eq!(
        say(alerting(12, &condition("low", "false", ""))).0,
        ["d low: none PH 150456 SpO2 low, 84 % >90"]
    );
}

#[test]
fn a_follower_notices_what_is_missing() {
    let mut follower = Follower::new(None);
    let say = |follower: &mut Follower, text: &str| follower.message(text.as_bytes(), CAME);
    let measured = |sequence: &str, version: u64| {
        report(
            sequence,
            version,
            &state("number", "DeterminationTime=\"1795342800100\" Value=\"1\"", "Validity=\"Vld\""),
        )
    };
    let gap = |followed: Result<Followed, _>| match followed {
        Ok(Followed::Record { gap, .. }) => gap,
        other => panic!("{other:?}"),
    };
    assert!(matches!(say(&mut follower, &measured("urn:a", 1)), Ok(Followed::Stale(_))), "before the MDIB");
    follower.know(read_mdib(mdib(4).as_bytes()).unwrap());
    let nobody = say(&mut follower, &measured("urn:a", 4)).unwrap_err();
    assert_eq!(nobody.problem, Problem::NoDevice);
    follower.name(Some("d".into()));
    // Sent before the MDIB was asked for: nothing is missing.
    assert_eq!(gap(say(&mut follower, &measured("urn:a", 3))), None);
    assert_eq!(gap(say(&mut follower, &measured("urn:a", 4))), None);
    assert_eq!(gap(say(&mut follower, &measured("urn:a", 5))), None);
    assert_eq!(gap(say(&mut follower, &measured("urn:a", 7))), Some(Problem::Gap { after: 5, found: 7 }));
    assert_eq!(gap(say(&mut follower, &measured("urn:a", 8))), None);
    // The connection was gone for a while; the MDIB was fetched again.
    follower.know(read_mdib(mdib(12).as_bytes()).unwrap());
    assert_eq!(gap(say(&mut follower, &measured("urn:a", 13))), Some(Problem::Gap { after: 8, found: 13 }));
    assert!(
        matches!(say(&mut follower, &measured("urn:b", 14)), Ok(Followed::Stale(_))),
        "the provider started anew"
    );
    let described = envelope("<m:DescriptionModificationReport SequenceId=\"urn:a\" MdibVersion=\"14\"/>");
    assert!(say(&mut follower, &described).unwrap().wants_mdib());
    let context = envelope("<m:EpisodicContextReport SequenceId=\"urn:a\" MdibVersion=\"15\"/>");
    assert!(!say(&mut follower, &context).unwrap().wants_mdib());
}

#[test]
fn answers_that_are_none_are_refused_with_what_they_say() {
    let fault = envelope(
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>no such thing</s:Text></s:Reason></s:Fault>",
    );
    for error in [
        read_mdib(fault.as_bytes()).unwrap_err(),
        subscription(fault.as_bytes()).unwrap_err(),
        Metadata::parse(fault.as_bytes()).unwrap_err(),
    ] {
        assert!(error.to_string().contains("a fault: s:Sender no such thing"), "{error}");
    }
    for other in [mdib(1), envelope(""), "<a/>".into(), String::new()] {
        assert!(subscription(other.as_bytes()).is_err() && Metadata::parse(other.as_bytes()).is_err());
    }
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;\">]><a>&b;</a>",
        "x".repeat(1000)
    );
    assert!(read_mdib(bomb.as_bytes()).unwrap_err().to_string().contains("a document type definition"));
}
