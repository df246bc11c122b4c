//! From an alarm to a message.

use seal::Micros;

use super::{Alarm, EVENT, Inactivation, PROFILE};
use crate::hl7::{MessageWriter, SegmentWriter, format_time};
use crate::nomenclature;
use crate::pcd::{Envelope, Processing, header, person};
use crate::person::Patient;

/// An alarm to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// MSH-10: never the same for two messages.
    pub control_id: &'a str,
    /// MSH-7: now.
    pub sent: Micros,
    /// MSH-11. An alarm of simulated or test readings is for training, whatever the feed is for.
    pub processing: Processing,
    /// The patient the device is with; none of a technical alarm of a device that is with nobody.
    pub patient: Option<&'a Patient>,
    /// The bed's name.
    pub bed: &'a str,
    /// The device's id: OBX-18.
    pub device: &'a str,
    /// What is told.
    pub alarm: &'a Alarm,
}

/// The message of an alarm.
#[must_use]
pub fn message(envelope: &Envelope, outgoing: &Outgoing<'_>) -> String {
    let alarm = outgoing.alarm;
    let mut writer = MessageWriter::new();
    writer.segment("MSH", |msh| {
        let kind = ["ORU", "R40", "ORU_R40"];
        header(msh, envelope, outgoing.sent, outgoing.control_id, outgoing.processing, kind, &PROFILE);
    });
    if let Some(patient) = outgoing.patient {
        writer.segment("PID", |pid| person(pid, patient));
        writer.segment("PV1", |pv1| {
            pv1.field(2, "I");
            pv1.components(3, &["", "", outgoing.bed, &envelope.facility]);
        });
    }
    writer.segment("OBR", |obr| {
        obr.field(1, "1");
        obr.components(3, &[&alarm.id, outgoing.device]);
        obr.components(4, &[EVENT, "MDC_EVT_ALARM", "MDC"]);
        obr.field(7, &alarm.time.map(format_time).unwrap_or_default());
        if alarm.instance != alarm.id {
            // EIP: the placer's part is empty; the filler's is an EI.
            let mut parent = String::from("^");
            crate::hl7::escape_into(&alarm.instance, &mut parent);
            obr.structured(29, &parent);
        }
    });
    Rows { writer: &mut writer, number: 0, device: outgoing.device }.all(alarm);
    writer.finish()
}

struct Rows<'w> {
    writer: &'w mut MessageWriter,
    number: usize,
    device: &'w str,
}

impl Rows<'_> {
    fn all(&mut self, alarm: &Alarm) {
        self.event(alarm);
        self.source(alarm);
        self.word(3, "68481", "MDC_ATTR_EVENT_PHASE", alarm.phase.word());
        self.word(4, "68482", "MDC_ATTR_ALARM_STATE", alarm.state.map_or("", |it| it.word()));
        let silenced: Vec<&str> = alarm.inactivation.iter().map(|it| Inactivation::word(*it)).collect();
        self.row(5, "ST", ["68483", "MDC_ATTR_ALARM_INACTIVATION_STATE"], |obx| {
            obx.structured(5, &silenced.join("~"));
        });
        self.word(6, "68484", "MDC_ATTR_ALARM_PRIORITY", alarm.priority.map_or("", |it| it.word()));
        if let Some(kind) = alarm.kind {
            self.word(7, "68485", "MDC_ATTR_ALERT_TYPE", kind.word());
        }
        if !alarm.text.is_empty() {
            self.word(8, "68546", "MDC_ATTR_ALERT_TEXT", &alarm.text);
        }
    }

    fn event(&mut self, alarm: &Alarm) {
        let (code, device) = (alarm.event.to_string(), self.device.to_owned());
        let time = alarm.time.map(format_time).unwrap_or_default();
        self.number += 1;
        self.writer.segment("OBX", |obx| {
            obx.field(1, "1");
            obx.field(2, "CWE");
            obx.components(3, &[EVENT, "MDC_EVT_ALARM", "MDC"]);
            obx.field(4, "1.0.0.0.1");
            obx.components(5, &[&code, nomenclature::refid(alarm.event), "MDC"]);
            obx.field(11, "R");
            obx.field(14, &time);
            obx.components(18, &[&device, "", &device, "L"]);
        });
    }

    fn source(&mut self, alarm: &Alarm) {
        let Some(source) = alarm.source else { return };
        let (code, refid) = (source.to_string(), nomenclature::refid(source));
        let Some(measured) = alarm.measured else {
            self.row(2, "CWE", ["68480", "MDC_ATTR_ALERT_SOURCE"], |obx| {
                obx.components(5, &[&code, refid, "MDC"]);
            });
            return;
        };
        self.row(2, "NM", [&code, refid], |obx| {
            obx.field(5, &measured.value.to_string());
            if let Some(unit) = measured.unit {
                crate::pcd::write_unit(obx, unit.as_str(), source);
            }
            obx.field(7, &alarm.limits);
        });
    }

    fn word(&mut self, facet: u8, code: &str, name: &str, word: &str) {
        self.row(facet, "ST", [code, name], |obx| obx.field(5, word));
    }

    fn row(
        &mut self,
        facet: u8,
        value_type: &str,
        about: [&str; 2],
        fill: impl FnOnce(&mut SegmentWriter<'_>),
    ) {
        self.number += 1;
        let (number, [code, name]) = (self.number.to_string(), about);
        self.writer.segment("OBX", |obx| {
            obx.field(1, &number);
            obx.field(2, value_type);
            obx.components(3, &[code, name, "MDC"]);
            obx.field(4, &format!("1.0.0.0.{facet}"));
            fill(obx);
            obx.field(11, "R");
        });
    }
}
