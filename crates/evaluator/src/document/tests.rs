use super::*;

pub(super) fn sample() -> Draft {
    let front = Front {
        kind: "Evaluation report".to_owned(),
        title: "Sample pump 3".to_owned(),
        subtitle: "ETSI EN 303 645 V2.1.1, by the cases of ETSI TS 103 701 V1.1.1".to_owned(),
        facts: vec![
            ("Maker".to_owned(), Text::from("Example Medical")),
            ("Firmware".to_owned(), Text::new().code("3.2.1")),
        ],
        author: "Example laboratory".to_owned(),
        date: "2026-11-22".parse().expect("a day"),
        result: Some(Mark::new("INCONCLUSIVE", Tone::Open)),
    };
    let mut draft = Draft::new(front);
    draft.heading(Level::One, "Summary");
    draft.paragraph(
        Text::new()
            .plain("Of 68 provisions ")
            .strong("41")
            .plain(" are met; see ")
            .link("5.1-1", Anchor::new("p-5.1-1"))
            .plain("."),
    );
    draft.note(
        Tone::Open,
        "Voluntary",
        [Text::from("The standard excludes devices that are primarily intended for healthcare.")],
    );
    let part = |label: &str, count, tone| Part { label: label.to_owned(), count, tone };
    draft.chart(
        "Verdicts by clause",
        [
            (Text::from("5.1 Passwords"), vec![part("PASS", 3, Tone::Good), part("FAIL", 1, Tone::Bad)]),
            (
                Text::from("5.3 Updates"),
                vec![part("PASS", 9, Tone::Good), part("INCONCLUSIVE", 4, Tone::Open)],
            ),
        ],
    );
    draft.heading(Level::One, "Provisions");
    draft.heading(Level::Two, "5.1 No universal default passwords");
    let row = |n: usize| {
        Row::new([
            Text::new().code(format!("5.1-{n}")),
            Text::from(Mark::new("PASS", Tone::Good)),
            Text::from(
                "Once out of the factory state, no two units share a password unless the user chose it. "
                    .repeat(n % 5 + 1),
            ),
        ])
        .anchored(Anchor::new(&format!("p-5.1-{n}")))
    };
    draft.table(
        "Provisions of clause 5.1",
        &[("Provision", 2), ("Verdict", 2), ("What it rests on", 8)],
        (1..60).map(row),
    );
    draft.list([
        Text::from("first <thing> & \"second\""),
        Text::new().address("a page", "https://example.org/?a=1&b=2"),
    ]);
    draft.paragraph(
        Text::new().code("b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9".repeat(3)),
    );
    draft
}

#[test]
fn a_draft_with_open_placeholders_is_refused_with_all_of_them() {
    let mut draft = sample();
    draft.paragraph(Text::new().with(Span::Missing("dut.toml: maker".to_owned())));
    draft.paragraph(Text::new().with(Span::Missing("dut.toml: firmware".to_owned())));
    let refused = Unfinished::Missing(vec!["dut.toml: maker".to_owned(), "dut.toml: firmware".to_owned()]);
    assert_eq!(draft.finish(), Err(refused));
}

#[test]
fn a_link_must_lead_to_one_place() {
    let mut lost = sample();
    lost.paragraph(Text::new().link("x", Anchor::new("nowhere")));
    assert_eq!(lost.finish(), Err(Unfinished::NoPlace("nowhere".to_owned())));
    let mut twice = sample();
    twice.heading(Level::Two, "Summary");
    assert_eq!(twice.finish(), Err(Unfinished::TwoPlaces("summary".to_owned())));
}

#[test]
fn days_are_read_strictly() {
    for wrong in [
        "",
        "2026-1-02",
        "2026-13-01",
        "2026-00-10",
        "2025-02-29",
        "2026-04-31",
        "2026-11-22Z",
        "2026-11-22-1",
        "+026-11-22",
    ] {
        assert_eq!(wrong.parse::<Date>(), Err(NotADay(wrong.to_owned())));
    }
    assert_eq!("2024-02-29".parse::<Date>().map(|day| day.to_string()), Ok("2024-02-29".to_owned()));
}

#[test]
fn anchors_are_names_that_every_format_takes() {
    for (words, name) in [("5.1-1 Passwords", "5-1-1-passwords"), ("  é ", "part"), ("A--b", "a-b")] {
        assert_eq!(Anchor::new(words).as_str(), name);
    }
}

#[test]
fn a_pdf_is_the_same_for_the_same_document_and_satisfies_both_standards() {
    let document = sample().finish().expect("finished");
    let first = pdf::render(&document).expect("PDF/A-2a and PDF/UA-1");
    let second = pdf::render(&document).expect("PDF/A-2a and PDF/UA-1");
    assert!(first.bytes == second.bytes);
    assert_eq!((first.replaced, first.pages), (0, 8));
}

#[test]
fn characters_without_a_glyph_are_counted() {
    let mut draft = sample();
    draft.paragraph("血圧 \u{7}");
    let rendered = pdf::render(&draft.finish().expect("finished")).expect("a PDF");
    assert_eq!(rendered.replaced, 3);
}
