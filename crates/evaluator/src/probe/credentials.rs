//! Credentials of several units, side by side: are they the unit's own, and hard to guess?
//!
//! What is found names units, never a credential. With one unit nothing can be said; with few, only that nothing was found.

use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use thiserror::Error;

/// A unit: its name, its credential, and what anybody may know of it.
#[derive(Clone, PartialEq, Eq)]
pub struct UnitCredential {
    unit: String,
    credential: String,
    public: Vec<(String, String)>,
}

/// Why a table of credentials is none.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CredentialsError {
    /// No header with the two columns that are needed.
    #[error("the first line names no columns `unit` and `credential`, separated by tabs")]
    Header,
    /// A line with another number of columns, or an empty unit or credential.
    #[error("line {0} does not have a value in each column")]
    Line(usize),
}

/// Reads the table.
///
/// # Errors
/// [`CredentialsError`].
pub fn read(text: &str) -> Result<Vec<UnitCredential>, CredentialsError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let header: Vec<&str> = lines.next().map_or("", |(_, line)| line).split('\t').map(str::trim).collect();
    let column =
        |name: &str| header.iter().position(|column| *column == name).ok_or(CredentialsError::Header);
    let (unit, credential) = (column("unit")?, column("credential")?);
    let mut units = Vec::new();
    for (index, line) in lines {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        if cells.len() != header.len() || cells.iter().any(|cell| cell.is_empty()) {
            return Err(CredentialsError::Line(index + 1));
        }
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default().to_owned();
        let is_public = |at: &usize| *at != credential;
        let public = (0..cells.len()).filter(is_public);
        let public = public.map(|at| (header.get(at).copied().unwrap_or_default().to_owned(), cell(at)));
        units.push(UnitCredential {
            unit: cell(unit),
            credential: cell(credential),
            public: public.collect(),
        });
    }
    Ok(units)
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// What speaks against the credentials.
    pub against: Vec<String>,
    /// What there is to know of them.
    pub facts: Vec<String>,
}

/// Compares the credentials of units with each other, with what is public of them and with words.
#[must_use]
pub fn statistics(units: &[UnitCredential], words: &BTreeSet<String>) -> Statistics {
    let mut found = Statistics::default();
    equal(units, &mut found);
    alike(units, &mut found);
    counted(units, &mut found);
    for unit in units {
        if let Some(how) = derived(unit) {
            found.against.push(format!("the credential of {} follows from its {how}", unit.unit));
        }
        let lower = unit.credential.to_lowercase();
        let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
        if words.contains(&lower) || (lower.len() - stem.len() <= 4 && stem.len() > 2 && words.contains(stem))
        {
            found.against.push(format!("the credential of {} is a word of the list", unit.unit));
        }
    }
    facts(units, &mut found);
    found
}

fn equal(units: &[UnitCredential], found: &mut Statistics) {
    for (index, one) in units.iter().enumerate() {
        for other in units.iter().skip(index + 1).filter(|other| other.credential == one.credential) {
            found.against.push(format!("{} and {} have the same credential", one.unit, other.unit));
        }
    }
}

/// What all begin or end with: four characters or more, or half of the shortest.
fn alike(units: &[UnitCredential], found: &mut Statistics) {
    let shortest = units.iter().map(|unit| unit.credential.chars().count()).min().unwrap_or_default();
    let first: Vec<char> = units.first().map(|unit| unit.credential.chars().collect()).unwrap_or_default();
    let same = |from_end: bool| {
        let nth =
            |text: &str, at: usize| if from_end { text.chars().rev().nth(at) } else { text.chars().nth(at) };
        let of_first: String = first.iter().collect();
        let is_same = |at: &usize| units.iter().all(|unit| nth(&unit.credential, *at) == nth(&of_first, *at));
        (0..shortest).take_while(is_same).count()
    };
    for (from_end, words) in [(false, "begin"), (true, "end")] {
        let length = same(from_end);
        if units.len() > 1 && length > 0 && (length >= 4 || length * 2 >= shortest) {
            found.against.push(format!("all credentials {words} with the same {length} characters"));
        }
    }
}

/// Numbers that grow by the same step from unit to unit.
fn counted(units: &[UnitCredential], found: &mut Statistics) {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let numbers: Option<Vec<i128>> = units.iter().map(|unit| digits(&unit.credential).parse().ok()).collect();
    let Some(numbers) = numbers else { return };
    let steps: BTreeSet<i128> =
        numbers.iter().zip(numbers.iter().skip(1)).map(|(one, next)| next - one).collect();
    if numbers.len() > 2 && steps.len() == 1 && !steps.contains(&0) {
        found.against.push("the numbers in the credentials count up from unit to unit".to_owned());
    }
}

/// How a credential follows from something public: it is part of it or holds it, as it is or reversed, or is the beginning of
/// its SHA-256 or SHA-1.
fn derived(unit: &UnitCredential) -> Option<String> {
    let bare =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let credential = bare(&unit.credential);
    if credential.len() < 4 {
        return None;
    }
    for (name, value) in &unit.public {
        let public = bare(value);
        let reversed: String = public.chars().rev().collect();
        let holds =
            |public: &str| public.contains(&credential) || (public.len() >= 4 && credential.contains(public));
        if holds(&public) || holds(&reversed) {
            return Some(name.clone());
        }
        for text in [value.clone(), public.clone(), value.to_uppercase(), public.to_uppercase()] {
            let hashes = [hex::encode(Sha256::digest(&text)), hex::encode(Sha1::digest(&text))];
            if credential.len() >= 6 && hashes.iter().any(|hash| hash.contains(&credential)) {
                return Some(format!("{name}, hashed"));
            }
        }
    }
    None
}

fn facts(units: &[UnitCredential], found: &mut Statistics) {
    let lengths: Vec<usize> = units.iter().map(|unit| unit.credential.chars().count()).collect();
    let (least, most) = (lengths.iter().min(), lengths.iter().max());
    let (Some(least), Some(most)) = (least, most) else { return };
    let seen: BTreeSet<char> = units.iter().flat_map(|unit| unit.credential.chars()).collect();
    let size: u32 = [
        (10, seen.iter().any(char::is_ascii_digit)),
        (26, seen.iter().any(char::is_ascii_lowercase)),
        (26, seen.iter().any(char::is_ascii_uppercase)),
        (33, seen.iter().any(|c| !c.is_ascii_alphanumeric())),
    ]
    .into_iter()
    .filter_map(|(size, is_seen)| is_seen.then_some(size))
    .sum();
    let length = u32::try_from(*least).unwrap_or(u32::MAX);
    let bits = f64::from(length) * f64::from(size.max(1)).log2();
    found.facts.push(format!(
        "{} units; lengths {least} to {most}; {} different characters",
        units.len(),
        seen.len()
    ));
    found.facts.push(format!(
        "of kinds that have {size} characters: {bits:.0} bits at most, if each is drawn evenly and alone, which samples cannot show"
    ));
}

#[cfg(test)]
mod tests {
    use super::{CredentialsError, read, statistics};
    use std::collections::BTreeSet;

    fn against(table: &str) -> Vec<String> {
        let words: BTreeSet<String> = ["summer".to_owned()].into();
        statistics(&read(&table.replace(' ', "\t")).unwrap(), &words).against
    }

    #[test]
    fn each_weakness_is_found_and_good_credentials_have_none() {
        let head = "unit serial mac credential\n";
        for (rows, expected) in [
            ("A 10071 02:aa:bb:cc:dd:01 Xk4mP9qWvT\nB 10072 02:aa:bb:cc:dd:02 hT7zR2nJbL", None),
            ("A 10071 m1 Xk4mP9qWvT\nB 10072 m2 Xk4mP9qWvT", Some("A and B have the same")),
            ("A 10071 m1 LPO-Xk4mP9\nB 10072 m2 LPO-hT7zR2", Some("begin with the same 4")),
            ("A 10071 m1 Xk4mP2026\nB 10072 m2 hT7zR2026", Some("end with the same 4")),
            (
                "A 10071 02:aa:bb:cc:dd:01 ccdd01\nB 10072 02:aa:bb:cc:dd:02 Xk4mP9",
                Some("A follows from its mac"),
            ),
            ("A 10071 m1 17001qq\nB 10072 m2 Xk4mP9", Some("A follows from its serial")),
            ("A 20071 m1 a3\nB 10072 m2 3cf9b2ff", None),
            ("A s1x m1 q101w\nB s2x m2 e102r\nC s3x m3 t103y", Some("count up")),
            ("A 10071 m1 Summer26!\nB 10072 m2 hT7zR2nJbL", Some("A is a word")),
        ] {
            let found = against(&format!("{head}{rows}\n"));
            match expected {
                None => assert!(found.is_empty(), "{rows}: {found:?}"),
                Some(words) => assert!(found.iter().any(|line| line.contains(words)), "{rows}: {found:?}"),
            }
        }
        let hashed = hex::encode(<sha2::Sha256 as sha2::Digest>::digest("10071"));
        let found = against(&format!("{head}A 10071 m1 {}\nB 10072 m2 hT7zR2nJbL\n", &hashed[..10]));
        assert!(found[0].contains("serial, hashed"), "{found:?}");
    }

    #[test]
    fn no_finding_repeats_a_credential_and_malformed_tables_are_none() {
        let found = against("unit credential\nA summer11\nB summer11\n");
        assert!(found.iter().all(|line| !line.contains("summer11")) && found.len() >= 3, "{found:?}");
        assert_eq!(read("unit\tpassword\n").err(), Some(CredentialsError::Header));
        assert_eq!(read("unit\tcredential\nA\n").err(), Some(CredentialsError::Line(2)));
        assert_eq!(read("unit\tcredential\nA\t\n").err(), Some(CredentialsError::Line(2)));
    }
}
