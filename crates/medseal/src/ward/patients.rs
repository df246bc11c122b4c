//! Patients who do not exist, for beds that do not either.

use gateway::record::{NewPatient, Sex};

/// Given name, family name, born, sex.
const PEOPLE: [(&str, &str, &str, Sex); 16] = [
    ("Astrid", "Lindholm", "1948-03-12", Sex::Female),
    ("Tomás", "Ibáñez", "1961-11-02", Sex::Male),
    ("Mei", "Zhang", "1975-07-23", Sex::Female),
    ("Olumide", "Adeyemi", "1954-01-30", Sex::Male),
    ("Katarzyna", "Wójcik", "1983-09-08", Sex::Female),
    ("Yusuf", "Demir", "1969-05-17", Sex::Male),
    ("Aroha", "Ngata", "1990-12-04", Sex::Female),
    ("Henrik", "Sørensen", "1938-08-26", Sex::Male),
    ("Priyanka", "Deshmukh", "1958-02-14", Sex::Female),
    ("Luca", "Ferraro", "1972-10-19", Sex::Male),
    ("Noor", "van Dijk", "1996-06-01", Sex::Other),
    ("Ana", "Teixeira", "1945-04-27", Sex::Female),
    ("Jonas", "Brandstetter", "1987-03-03", Sex::Male),
    ("Sakura", "Inoue", "1965-12-11", Sex::Female),
    ("Emeka", "Okonkwo", "1979-08-05", Sex::Male),
    ("Ingrid", "Halvorsen", "1951-10-22", Sex::Female),
];

/// The invented patient in a bed, counted from 0.
pub(super) fn patient(bed: usize) -> NewPatient {
    let index = bed % PEOPLE.len();
    let (given, family, born, sex) =
        PEOPLE.get(index).copied().unwrap_or(("A", "Patient", "1970-01-01", Sex::Unknown));
    let round = bed / PEOPLE.len();
    let family = if round == 0 { family.to_owned() } else { format!("{family} {}", round + 1) };
    NewPatient {
        identifier: format!("MRN{:06}", 100_001 + bed),
        family,
        given: given.to_owned(),
        born: Some(born.to_owned()),
        sex,
    }
}
