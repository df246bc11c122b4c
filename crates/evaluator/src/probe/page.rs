//! What a published page says, found by its usual words. Pure text, no network.

use crate::verdict::Verdict;

/// Words that give a reason for missing updates: one of the first list and one of the second.
pub(super) const RATIONALE: [&[&str]; 2] = [
    &[
        "cannot be updated",
        "can not be updated",
        "not updatable",
        "no updates",
        "no software updates",
        "not updateable",
    ],
    &["because", "since ", "reason", "rationale", "due to", "constrained", "therefore"],
];
/// Words that tell of a replacement: that there is one, and when.
pub(super) const REPLACEMENT: [&[&str]; 2] =
    [&["replace", "exchange", "swap"], &["year", "month", "day", "until", "period", "by the end of"]];

/// The first address in a text.
pub(super) fn address_in(text: &str) -> Option<&str> {
    let start = ["https://", "http://"].iter().filter_map(|scheme| text.find(scheme)).min()?;
    let rest = text.get(start..)?;
    let end = rest.find(|c: char| c.is_whitespace() || "\"'<>),".contains(c)).unwrap_or(rest.len());
    rest.get(..end).map(|address| address.trim_end_matches('.'))
}

/// Whether a document was there for anybody. What the laboratory cannot reach is inconclusive, not a fail.
pub(super) fn fetched(status: u32, ended_at: &str, page: &str) -> (Verdict, String) {
    let asks_for_login =
        ["/login", "/signin", "/sign-in", "/auth"].iter().any(|path| ended_at.contains(path))
            || page.contains("type=\"password\"");
    match status {
        200 if page.trim().is_empty() => (Verdict::Fail, "status 200, but nothing is there".into()),
        200 if asks_for_login => (Verdict::Fail, format!("{ended_at} asks for a log-in")),
        200 => (Verdict::Pass, format!("status 200, {} bytes, no log-in, at {ended_at}", page.len())),
        401 | 403 => (Verdict::Fail, format!("status {status}: not open to anybody")),
        404 | 410 => (Verdict::Fail, format!("status {status}: it is not there")),
        _ => (Verdict::Inconclusive, format!("status {status}: it could not be reached from here")),
    }
}

/// Whether one of each list of words is there.
pub(super) fn words(page: &str, what: &str, lists: [&[&str]; 2]) -> (Verdict, String) {
    let text = page.to_lowercase();
    let hits: Vec<Option<&str>> =
        lists.iter().map(|list| list.iter().copied().find(|word| text.contains(word))).collect();
    match hits.as_slice() {
        [Some(one), Some(other)] => {
            (Verdict::Pass, format!("{what} is there: found `{one}`, `{}`", other.trim()))
        }
        _ => (Verdict::Inconclusive, format!("{what} was not found by its usual words: read the page")),
    }
}

/// Whether the page names the declared period, and the product it is for.
pub(super) fn support_period(page: &str, declared: &str, names: &[&str]) -> (Verdict, String) {
    let text = page.to_lowercase();
    let dates: Vec<&str> = declared.split_whitespace().map(|word| word.trim_matches([',', '.'])).collect();
    let dates: Vec<jiff::civil::Date> = dates.iter().filter_map(|word| word.parse().ok()).collect();
    let is_there = match dates.as_slice() {
        [] => !declared.is_empty() && text.contains(&declared.to_lowercase()),
        dates => dates.iter().all(|date| spellings(*date).iter().any(|spelling| text.contains(spelling))),
    };
    let name = names.iter().find(|name| text.contains(&name.to_lowercase()));
    match (is_there, name) {
        (true, Some(name)) => (Verdict::Pass, format!("the page says `{declared}` and names {name}")),
        (true, None) => (
            Verdict::Inconclusive,
            format!(
                "the page says `{declared}` and does not name the product: does it cover its components?"
            ),
        ),
        (false, _) => (
            Verdict::Inconclusive,
            format!("`{declared}` was not found on the page: is another period published?"),
        ),
    }
}

/// How a date may be written, in lower case.
fn spellings(date: jiff::civil::Date) -> Vec<String> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let (year, day) = (date.year(), date.day());
    let number = usize::try_from(date.month()).unwrap_or_default();
    let month = number.checked_sub(1).and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    vec![
        date.to_string(),
        format!("{day} {month} {year}"),
        format!("{day}. {month} {year}"),
        format!("{month} {day}, {year}"),
        format!("{month} {day} {year}"),
        format!("{day:02}.{number:02}.{year}"),
        format!("{day:02}/{number:02}/{year}"),
    ]
}

/// Whether some period or last day of support is named.
pub(super) fn some_period(page: &str) -> (Verdict, String) {
    let text = page.to_lowercase();
    let has_support = ["support", "security updates", "maintained"].iter().any(|word| text.contains(word));
    let has_year = text.split(|c: char| !c.is_ascii_digit()).any(|number| {
        number.len() == 4 && number.parse::<u32>().is_ok_and(|year| (2000..2100).contains(&year))
    });
    if has_support && (has_year || has_time(&text)) {
        (Verdict::Pass, "a period of support is named".into())
    } else {
        (Verdict::Inconclusive, "no period of support was found by its usual words: read the page".into())
    }
}

/// Whether each kind of telemetry is named: two in three of the words that carry its description.
pub(super) fn telemetry(page: &str, rows: &[(&str, &str)]) -> (Verdict, String) {
    let text = page.to_lowercase();
    if rows.is_empty() {
        return (Verdict::Inconclusive, "table 24 declares no telemetry to look for".into());
    }
    let mut missing = Vec::new();
    for (id, description) in rows {
        let description = description.to_lowercase();
        let carrying: Vec<&str> = description
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .filter(|word| word.chars().count() > 3)
            .collect();
        let there = carrying.iter().filter(|word| text.contains(*word)).count();
        if carrying.is_empty() || there * 3 < carrying.len() * 2 {
            missing.push(*id);
        }
    }
    if missing.is_empty() {
        (Verdict::Pass, format!("the words of all {} rows of table 24 are there", rows.len()))
    } else {
        let what = missing.join(", ");
        (Verdict::Inconclusive, format!("not found by the words of table 24: {what}; read the page"))
    }
}

/// Whether a disclosure policy names a contact, a time to acknowledge and a time for news. Finding the words decides that
/// they are there; whether they suffice is another unit.
pub(super) fn policy(page: &str) -> (Verdict, String) {
    let text = page.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let has_contact = has(&["contact:", "mailto:", "@", "contact us", "report a vulnerability"]);
    let has_time = has_time(&text);
    let acknowledges =
        has_time && has(&["acknowledg", "confirm receipt", "first response", "initial response"]);
    let tells_news =
        has_time && has(&["status", "progress", "update you", "inform you", "keep you informed"]);
    let missing: Vec<&str> = [
        (has_contact, "a contact"),
        (acknowledges, "a time to acknowledge"),
        (tells_news, "a time for news"),
    ]
    .into_iter()
    .filter_map(|(is_there, what)| (!is_there).then_some(what))
    .collect();
    if missing.is_empty() {
        (Verdict::Pass, "contact, time to acknowledge and time for news are there".into())
    } else {
        (Verdict::Fail, format!("not found: {}", missing.join(", ")))
    }
}

/// Whether a length of time is named: a number or a number's word before a unit.
fn has_time(text: &str) -> bool {
    const NUMBERS: [&str; 12] = [
        "one", "two", "three", "four", "five", "six", "seven", "ten", "fourteen", "thirty", "business",
        "working",
    ];
    ["day", "hour", "week", "month", "year"].iter().any(|unit| {
        text.match_indices(unit).any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default().trim_end_matches([' ', '-', '\u{a0}']);
            before.chars().next_back().is_some_and(|c| c.is_ascii_digit())
                || before.rsplit(' ').next().is_some_and(|word| NUMBERS.contains(&word))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_sentences() {
        assert_eq!(address_in("See https://maker.example/security."), Some("https://maker.example/security"));
        assert_eq!(address_in("in the manual"), None);
    }

    #[test]
    fn a_document_behind_a_log_in_fails_and_one_out_of_reach_is_inconclusive() {
        assert_eq!(fetched(200, "https://m.example/security", "text").0, Verdict::Pass);
        assert_eq!(fetched(200, "https://m.example/login?to=security", "text").0, Verdict::Fail);
        assert_eq!(fetched(403, "", "").0, Verdict::Fail);
        assert_eq!(fetched(404, "", "").0, Verdict::Fail);
        assert_eq!(fetched(0, "", "").0, Verdict::Inconclusive);
        assert_eq!(fetched(503, "", "").0, Verdict::Inconclusive);
    }

    #[test]
    fn a_disclosure_policy_needs_contact_and_both_times() {
        let full = "Contact: mailto:psirt@maker.example. We acknowledge within 3 days and give you a status every 14 days.";
        assert_eq!(policy(full).0, Verdict::Pass);
        assert_eq!(policy(&full.replace("3 days", "soon").replace("14 days", "so often")).0, Verdict::Fail);
        assert_eq!(policy("We acknowledge within 3 days and tell the status. No address.").0, Verdict::Fail);
    }

    #[test]
    fn what_is_not_found_by_its_words_is_for_a_person_and_never_a_pass() {
        let names = ["LPO-2"];
        let period = "2026-01-01 to 2034-12-31";
        for (page, verdict) in [
            ("LPO-2: security updates from 1 January 2026 to December 31, 2034", Verdict::Pass),
            ("LPO-2: 2026-01-01 to 2034-12-31", Verdict::Pass),
            ("All devices: 2026-01-01 to 2034-12-31", Verdict::Inconclusive),
            ("LPO-2: 2026-01-01 to 2033-12-31", Verdict::Inconclusive),
        ] {
            assert_eq!(support_period(page, period, &names).0, verdict, "{page}");
        }
        assert_eq!(support_period("LPO-2", "", &names).0, Verdict::Inconclusive);
        let rows = [("TelData-1", "Restarts, battery state, failed log-ins")];
        let named = "We count restarts, failed log-ins and the state of the battery.";
        assert_eq!(telemetry(named, &rows).0, Verdict::Pass);
        assert_eq!(telemetry("We count restarts.", &rows).0, Verdict::Inconclusive);
        assert_eq!(telemetry("anything", &[]).0, Verdict::Inconclusive);
        assert_eq!(
            words("It cannot be updated because it is small.", "a reason", RATIONALE).0,
            Verdict::Pass
        );
        assert_eq!(words("It is small.", "a reason", RATIONALE).0, Verdict::Inconclusive);
        assert_eq!(some_period("Supported until 2031.").0, Verdict::Pass);
        assert_eq!(some_period("Supported.").0, Verdict::Inconclusive);
    }
}
