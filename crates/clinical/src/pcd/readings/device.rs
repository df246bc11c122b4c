//! What a message says of the devices that measured.

use seal::Code;

use crate::header::Party;
use crate::hl7::Repetition;
use crate::pcd::Containment;

/// A device as a message names it: a claim. Nothing of it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceClaim {
    /// EI-1: the device's own id or serial number.
    pub entity: String,
    /// EI-2.
    pub namespace: String,
    /// EI-3: often an EUI-64.
    pub universal_id: String,
    /// EI-4: what kind of id EI-3 is.
    pub universal_id_type: String,
    /// OBX-3 of the row that names it: what kind of device it is.
    pub kind: Option<Code>,
}

impl DeviceClaim {
    pub(super) const NOBODY: Self = Self {
        entity: String::new(),
        namespace: String::new(),
        universal_id: String::new(),
        universal_id_type: String::new(),
        kind: None,
    };

    /// From an EI (OBX-18, PRT-10); `None` when it names nothing.
    #[must_use]
    pub fn of(field: Repetition<'_>) -> Option<Self> {
        if field.raw().is_empty() {
            return None;
        }
        let text = |component| field.component(component).text().trim().to_owned();
        let claim = Self {
            entity: text(1),
            namespace: text(2),
            universal_id: text(3),
            universal_id_type: text(4),
            kind: None,
        };
        (!claim.key().is_empty()).then_some(claim)
    }

    /// The sender itself: MSH-3.
    pub(crate) fn of_sender(application: &Party) -> Self {
        Self {
            entity: String::new(),
            namespace: application.namespace.clone(),
            universal_id: application.universal_id.clone(),
            universal_id_type: application.universal_id_type.clone(),
            kind: None,
        }
    }

    /// What tells it from others of the same source: its EUI-64, else its own id, its universal id, its namespace. Empty when nothing is said.
    #[must_use]
    pub fn key(&self) -> &str {
        let eui64 = if self.universal_id_type == "EUI-64" { self.universal_id.as_str() } else { "" };
        let all = [eui64, &self.entity, &self.universal_id, &self.namespace];
        all.into_iter().find(|part| !part.is_empty()).unwrap_or_default()
    }
}

/// The devices of one message, by the first level of OBX-4. All rows without OBX-4 are of one.
#[derive(Debug, Default)]
pub(super) struct Devices {
    found: Vec<(u32, Option<DeviceClaim>)>,
}

impl Devices {
    /// The device of a row at `place`, from 0.
    pub(super) fn index(&mut self, place: Option<Containment>) -> usize {
        let mds = place.and_then(|place| place.levels().first().copied()).unwrap_or(1);
        self.found.iter().position(|(number, _)| *number == mds).unwrap_or_else(|| {
            self.found.push((mds, None));
            self.found.len() - 1
        })
    }

    /// A row at `place` names its device. The row of the MDS itself is believed before those of its parts.
    pub(super) fn name(&mut self, index: usize, place: Option<Containment>, claim: DeviceClaim) {
        let is_own_row = place.is_some_and(|place| place.levels().iter().skip(1).all(|level| *level == 0));
        if let Some((_, known)) = self.found.get_mut(index)
            && (known.is_none() || is_own_row)
        {
            *known = Some(claim);
        }
    }

    /// All of them, at least one; those that no row named are the sender.
    pub(super) fn all(self, sender: &Party) -> Vec<DeviceClaim> {
        let mut all: Vec<_> = self
            .found
            .into_iter()
            .map(|(_, claim)| claim.unwrap_or_else(|| DeviceClaim::of_sender(sender)))
            .collect();
        if all.is_empty() {
            all.push(DeviceClaim::of_sender(sender));
        }
        all
    }
}
