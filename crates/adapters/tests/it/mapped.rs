//! CSV and JSON by a mapping.

use adapters::{Settings, SetupError};

use crate::captures::{ANALYSER, ANALYSER_MAPPING, PUMP, PUMP_MAPPING, account, adapter, lines, replayed};

#[test]
fn a_csv_file_is_read_as_the_mapping_says() {
    let report = replayed("mapped", Some(ANALYSER_MAPPING), ANALYSER);
    assert_eq!(
        lines(&report),
        ["AN-1 -300 160184 5.55 mmol/L 0", "AN-1 -210 150364 36.4 Cel 1"],
        "a value below the scale is doubtful"
    );
    let text = std::str::from_utf8(ANALYSER).unwrap();
    let at = |needle: &str| text.find(needle).unwrap() as u64;
    let wrong: Vec<_> =
        report.wrong().map(|(at, what, problem)| (at, what.to_owned(), problem.to_string())).collect();
    assert_eq!(
        wrong,
        [
            (at("22.11.2026;25:00:00"), "record".into(), "\"22.11.2026 25:00:00\" is no moment".into()),
            (at("six"), "Result".into(), "\"six\" is no number".into())
        ]
    );
    let kept = account(&report);
    for line in
        ["0 header: names the columns; stands in each record", "Comment: kept: ignored by the mapping"]
    {
        assert!(kept.iter().any(|kept| kept.ends_with(line)), "{line}: {kept:#?}");
    }
    assert!(kept.iter().any(|kept| kept.ends_with("Result: kept: stands for no value")), "{kept:#?}");
    assert!(kept.iter().any(|kept| kept.ends_with("line: empty")), "{kept:#?}");
}

/// A file that is one line of something else is not a table without rows.
#[test]
fn a_head_that_is_no_text_is_reported() {
    for file in [&b"\x82\x58\xFF"[..], b"\xFF\xFE\n", b"Serial;\xE4\nAN-1;1\n"] {
        let report = replayed("mapped", Some(ANALYSER_MAPPING), file);
        let wrong: Vec<String> = report.wrong().map(|(_, _, problem)| problem.to_string()).collect();
        assert_eq!(wrong[0], "not text in the header", "{wrong:?}");
    }
    assert_eq!(replayed("mapped", Some(ANALYSER_MAPPING), b"Serial;Date\n").wrong().count(), 0);
}

#[test]
fn a_json_document_is_read_as_the_mapping_says() {
    let report = replayed("mapped", Some(PUMP_MAPPING), PUMP);
    let wanted = ["P-9 -300 8532993 1.250 mL/h 0", "P-9 -300 8532994 \"begun\" 0"];
    assert_eq!(lines(&report), wanted, "digits are kept, and the factor is exact");
    assert_eq!(report.wrong().count(), 0);
    let kept = account(&report);
    assert!(
        kept.iter().any(|kept| kept.ends_with("/extra: kept: the mapping does not name it")),
        "{kept:#?}"
    );
}

#[test]
fn lines_of_json_and_columns_without_names() {
    let mapping = "format = \"json-lines\"\n[device]\nfixed = \"d\"\n[[value]]\nfrom = \"/v\"\ncode = 150364\nunit = \"Cel\"\n";
    let report = replayed(
        "mapped",
        Some(mapping),
        b"{\"v\": 36.60}\n\n{\"v\": [1]}\n{\"v\": 1e1}\n{bad}\n{\"v\":1,\"v\":2}",
    );
    assert_eq!(lines(&report), ["d 0 150364 36.60 Cel 0", "d 0 150364 10 Cel 0"]);
    let wrong: Vec<_> = report.wrong().map(|(at, _, problem)| (at, problem.to_string())).collect();
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert_eq!(wrong[0], (14, "column /v is not known".into()));
    assert!(wrong.contains(&(47, "\"v\" stands there twice".into())), "{wrong:?}");
    let kept = account(&report);
    assert!(
        kept.iter().any(|kept| kept.ends_with("/v: kept: the mapping does not name it")),
        "the second of a name: {kept:?}"
    );

    let mapping = "format = \"csv\"\nheader = false\ndelimiter = \"\\t\"\n[device]\nfrom = \"1\"\n[[value]]\nfrom = \"2\"\ncode = 150364\nunit = \"Cel\"\n";
    let report = replayed("mapped", Some(mapping), b"d7\t36.6\nd8\t37\textra\n\t38\n");
    assert_eq!(lines(&report), ["d7 0 150364 36.6 Cel 0", "d8 0 150364 37 Cel 0"]);
    let wrong: Vec<_> = report.wrong().map(|(at, _, problem)| (at, problem.to_string())).collect();
    assert_eq!(wrong, [(20, "nothing says which device it is of".to_owned())]);
}

#[test]
fn a_fault_in_a_mapping_names_its_line_and_column() {
    let good = "format = \"csv\"\n[time]\nfrom = \"t\"\nformat = \"unix\"\n[[value]]\nfrom = \"a\"\ncode = 150364\nunit = \"Cel\"\n";
    let cases: &[(&str, &str, (usize, usize), &str)] = &[
        ("\"csv\"", "\"cvs\"", (1, 10), "\"cvs\" is not csv, json or json-lines"),
        ("\"unix\"", "\"unixx\"", (4, 10), "\"unixx\" is not rfc3339, unix, unix-ms or a pattern with %"),
        ("\"unix\"", "\"%d.%m.%Y\"", (4, 10), "not a whole date and time"),
        ("\"unix\"", "\"unix\"\nzone = \"Mars\"", (5, 8), "\"Mars\" is no time zone"),
        ("150364", "7", (7, 8), "code 7 is not known"),
        ("150364", "\"MDC_NOTHING\"", (7, 8), "code MDC_NOTHING is not known"),
        ("\"Cel\"", "\"° C\"", (8, 8), "not a unit"),
        ("\"Cel\"", "\"Cel\"\nfactor = \"1,5\"", (9, 10), "not a decimal number"),
        ("from = \"a\"", "form = \"a\"", (6, 1), "unknown field"),
        (
            "format = \"csv\"",
            "format = \"csv\"\ndelimiter = \"\\\"\"",
            (2, 13),
            "a delimiter is one character",
        ),
        (
            "format = \"csv\"",
            "format = \"csv\"\nitems = \"/x\"",
            (2, 9),
            "`items` means something for JSON only",
        ),
        ("format = \"csv\"", "format = \"csv\"\ndevice = {}", (2, 10), "either `from` or `fixed`"),
    ];
    assert!(adapter("mapped").open(&Settings { config: Some(good), device: None }).is_ok());
    for (from, to, place, words) in cases {
        let text = good.replacen(from, to, 1);
        let error =
            adapter("mapped").open(&Settings { config: Some(&text), device: None }).map(drop).unwrap_err();
        let SetupError::Config { line, column, problem } = error else { panic!("{error}") };
        assert_eq!((line, column), *place, "{text}\n{problem}");
        assert!(problem.contains(words), "{problem}");
    }
    assert!(matches!(adapter("mapped").open(&Settings::default()).map(drop), Err(SetupError::NoConfig)));
}
