//! From what happened to an association to a report of it (DEV-52).
//!
//! The profile's drafts name no way to say that an association never was. Here it is ended with `W` in OBX-11, and an end at its
//! own beginning.

use seal::Micros;

use super::{ASSOCIATE, Act, CONDITION, DISASSOCIATE, SERVICE};
use crate::hl7::{MessageWriter, format_time};
use crate::nomenclature;
use crate::pcd::{Envelope, header, person};
use crate::person::{Location, Patient};

/// MSH-21 of a report.
const PROFILE: [&str; 4] = ["IHE_DEV_052", "IHE DEV", "1.3.6.1.4.1.19376.1.6.1.52.1", "ISO"];

/// What is to be told of an association.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// MSH-10: never the same for two messages.
    pub control_id: &'a str,
    /// MSH-7: now.
    pub sent: Micros,
    /// The patient.
    pub patient: &'a Patient,
    /// Where they are.
    pub location: &'a Location,
    /// The device's id: PRT-10.
    pub device: &'a str,
    /// OBR-3: this report's own id.
    pub id: &'a str,
    /// OBR-29: the id of the report that told of its beginning; none in that one itself.
    pub parent: Option<&'a str>,
    /// What is told.
    pub told: Told,
    /// OBR-7: from when the device was with the patient.
    pub from: Micros,
    /// OBR-8: until when.
    pub until: Option<Micros>,
}

/// What is told of an association.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It began.
    Begun,
    /// It ended.
    Ended,
    /// It never was: the device was with another patient.
    Wrong,
}

impl Told {
    fn act(self) -> Act {
        match self {
            Self::Begun => Act::Associate,
            Self::Ended | Self::Wrong => Act::Disassociate,
        }
    }

    /// OBX-11 (HL7 table 0085). What is told here a person has said or confirmed.
    fn status(self) -> &'static str {
        match self {
            Self::Begun | Self::Ended => "F",
            Self::Wrong => "W",
        }
    }
}

/// The report.
#[must_use]
pub fn message(envelope: &Envelope, outgoing: &Outgoing<'_>) -> String {
    let mut writer = MessageWriter::new();
    let Outgoing { control_id, sent, patient, location, .. } = *outgoing;
    writer.segment("MSH", |msh| {
        let kind = ["ORU", "R01", "ORU_R01"];
        header(msh, envelope, sent, control_id, envelope.processing, kind, &PROFILE);
    });
    writer.segment("PID", |pid| person(pid, patient));
    let place = [&*location.unit, &*location.room, &*location.bed, &*location.facility];
    writer.segment("PV1", |pv1| {
        pv1.field(2, "I");
        pv1.components(3, &place);
    });
    writer.segment("OBR", |obr| {
        obr.field(1, "1");
        obr.components(3, &[outgoing.id, &envelope.application]);
        obr.components(4, &coded(SERVICE));
        obr.field(7, &format_time(outgoing.from));
        obr.field(8, &outgoing.until.map(format_time).unwrap_or_default());
        if let Some(parent) = outgoing.parent {
            // EIP: the placer's part is empty; the filler's is an EI.
            let mut text = String::from("^");
            crate::hl7::escape_into(parent, &mut text);
            obr.structured(29, &text);
        }
    });
    writer.segment("OBX", |obx| {
        obx.field(1, "1");
        obx.field(2, "CWE");
        obx.components(3, &coded(CONDITION));
        obx.field(4, "1.0.0.1");
        obx.components(
            5,
            &coded(match outgoing.told.act() {
                Act::Associate => ASSOCIATE,
                Act::Disassociate => DISASSOCIATE,
            }),
        );
        obx.field(11, outgoing.told.status());
        obx.field(14, &format_time(sent));
    });
    writer.segment("PRT", |prt| {
        prt.field(2, "UC");
        prt.components(4, &["EQUIP", "Equipment", "HL70912"]);
        prt.components(9, &place);
        prt.components(10, &[outgoing.device, "", outgoing.device, "L"]);
    });
    writer.finish()
}

/// A code of MDC with its reference id, where that is known.
fn coded(code: &'static str) -> [&'static str; 3] {
    [code, code.parse().map_or("", |number| nomenclature::refid(seal::Code(number))), "MDC"]
}
