//! What segments and fields are called, in plain words: `standards/clinical/hl7-fields.tsv`, written for this product. A field that has no row
//! is shown by its number.

/// The rows of the table: segment, field, name; field 0 is the segment itself.
fn rows() -> impl Iterator<Item = (&'static str, usize, &'static str)> {
    let table = include_str!("../../../../standards/clinical/hl7-fields.tsv");
    table.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?.parse().ok()?, columns.next()?))
    })
}

/// What a field is called.
#[must_use]
pub fn field_name(segment: &str, field: usize) -> Option<&'static str> {
    rows().find(|(name, number, _)| *name == segment && *number == field).map(|(_, _, name)| name)
}

/// What a segment is called.
#[must_use]
pub fn segment_name(segment: &str) -> Option<&'static str> {
    field_name(segment, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_names_one_field() {
        let table = include_str!("../../../../standards/clinical/hl7-fields.tsv");
        let all: Vec<_> = rows().map(|(segment, field, _)| (segment, field)).collect();
        assert_eq!(all.len(), table.lines().count() - 1);
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), all.len());
        assert_eq!((field_name("PV1", 44), field_name("PV1", 20 + 1)), (Some("admitted"), None));
        assert_eq!((segment_name("OBX"), segment_name("ZZZ")), (Some("observation"), None));
    }
}
