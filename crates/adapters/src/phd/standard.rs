//! Standard configurations: what an agent need not report, since its specialization lays it down.
//!
//! | id | specialization | objects (handle) |
//! |---|---|---|
//! | 0190 | 11073-10404 pulse oximeter | saturation (1), pulse rate (10), both without time |
//! | 02BC | 11073-10407 blood pressure | systolic, diastolic and mean (1), pulse rate (2), with time |
//! | 0320 | 11073-10408 thermometer | body temperature (1), with time |
//! | 06A4 | 11073-10417 glucose meter | glucose in capillary whole blood, mg/dL (1), with time |
//!
//! An agent with any other one is asked for it; so is one that announces another version of these.

use super::apdu::{list, sized};
use super::attributes as id;

struct Standard {
    id: u16,
    objects: &'static [Row],
}

struct Row {
    handle: u16,
    term: u16,
    unit: u16,
    parts: &'static [u16],
    map: &'static [(u16, u16)],
}

/// MDC_PART_SCADA: what is measured.
const MEASURED: u16 = 2;
const TIMED: (u16, u16) = (id::TIME_ABSOLUTE, 8);
const BASIC: (u16, u16) = (id::NUMBER_BASIC, 2);

const STANDARDS: [Standard; 4] = [
    Standard {
        id: 0x0190,
        objects: &[
            Row { handle: 1, term: 19_384, unit: 544, parts: &[], map: &[BASIC] },
            Row { handle: 10, term: 18_458, unit: 2720, parts: &[], map: &[BASIC] },
        ],
    },
    Standard {
        id: 0x02BC,
        objects: &[
            Row {
                handle: 1,
                term: 18_948,
                unit: 3872,
                parts: &[18_949, 18_950, 18_951],
                map: &[(id::COMPOUND_BASIC, 10), TIMED],
            },
            Row { handle: 2, term: 18_474, unit: 2720, parts: &[], map: &[BASIC, TIMED] },
        ],
    },
    Standard {
        id: 0x0320,
        objects: &[Row {
            handle: 1,
            term: 19_292,
            unit: 6048,
            parts: &[],
            map: &[(id::NUMBER_SIMPLE, 4), TIMED],
        }],
    },
    Standard {
        id: 0x06A4,
        objects: &[Row { handle: 1, term: 29_112, unit: 2130, parts: &[], map: &[BASIC, TIMED] }],
    },
];

/// The report that an agent with this standard configuration would send.
pub(super) fn report(id: u16) -> Option<Vec<u8>> {
    let standard = STANDARDS.iter().find(|standard| standard.id == id)?;
    let objects: Vec<Vec<u8>> = standard.objects.iter().map(Row::write).collect();
    Some([id.to_be_bytes().to_vec(), list(&objects)].concat())
}

impl Row {
    fn write(&self) -> Vec<u8> {
        /// MDC_MOC_VMO_METRIC_NU.
        const NUMERIC: u16 = 6;
        let attribute = |id: u16, value: &[u8]| [id.to_be_bytes().to_vec(), sized(value)].concat();
        let mut attributes = vec![
            attribute(id::TYPE, &[MEASURED.to_be_bytes(), self.term.to_be_bytes()].concat()),
            attribute(id::UNIT, &self.unit.to_be_bytes()),
        ];
        if !self.parts.is_empty() {
            let parts: Vec<Vec<u8>> = self.parts.iter().map(|part| part.to_be_bytes().to_vec()).collect();
            attributes.push(attribute(id::PHYSIO_LIST, &list(&parts)));
        }
        let map: Vec<Vec<u8>> =
            self.map.iter().map(|(id, length)| [id.to_be_bytes(), length.to_be_bytes()].concat()).collect();
        attributes.push(attribute(id::VALUE_MAP, &list(&map)));
        [NUMERIC.to_be_bytes().to_vec(), self.handle.to_be_bytes().to_vec(), list(&attributes)].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cursor;
    use crate::phd::configuration::Configuration;

    #[test]
    fn every_standard_configuration_reads_as_it_was_written() {
        for standard in &STANDARDS {
            let bytes = report(standard.id).unwrap();
            let read = Configuration::read(Cursor::new(&bytes)).unwrap();
            assert_eq!((read.id, read.objects.len()), (standard.id, standard.objects.len()));
            for (object, row) in read.objects.iter().zip(standard.objects) {
                assert_eq!((object.handle, object.code.0), (row.handle, 0x2_0000 + u32::from(row.term)));
                assert_eq!(
                    (object.unit, &object.parts[..], &object.map[..]),
                    (Some(row.unit), row.parts, row.map)
                );
                let unit = clinical::nomenclature::unit(seal::Code(0x4_0000 + u32::from(row.unit)));
                assert!(unit.is_some(), "{}", row.unit);
                for term in row.parts.iter().chain(row.parts.is_empty().then_some(&row.term)) {
                    let code = seal::Code(0x2_0000 + u32::from(*term));
                    assert!(clinical::nomenclature::by_code(code).is_some(), "{code}");
                }
            }
        }
        assert_eq!(report(0x4000), None);
    }
}
