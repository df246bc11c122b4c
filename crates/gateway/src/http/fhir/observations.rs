//! Observation: one reading of a batch.
//!
//! A search goes from the newest batch to the oldest and reads them in portions, each a read of its own. It answers with a page when it has as many
//! matches as were asked for, or has read as many batches as one request may; the `next` link goes on from there. So a page may hold fewer
//! matches than asked for, even none, and still have a next.

use axum::extract::Path;
use clinical::fhir::{self, Bundle, Category, Resource, Source, encoded};
use clinical::nomenclature::{self, LOINC_SYSTEM, MDC_SYSTEM};
use clinical::proof::Standing;
use seal::{Code, DeviceId, Micros, Reading};

use super::asked::Asked;
use super::dates::Range;
use super::outcome::{Answer, Refusal};
use super::parameters::{Parameters, reference, token};
use super::people::device_by_fhir_id;
use crate::http::error::Fault;
use crate::limits;
use crate::record::{BatchId, ObservationId, Opened, PatientId, StoredBatch};
use crate::store::{BatchQuery, Order, Reader, StoreError};

/// A stored batch with its readings.
pub(super) struct Read {
    pub(super) row: StoredBatch,
    pub(super) opened: Opened,
}

impl Read {
    /// Only what could be read is stored; what cannot be read any more is a fault of the disk and is not answered around.
    pub(super) fn of(row: StoredBatch) -> Result<Self, Refusal> {
        let opened = row.open().map_err(|error| Fault::Record(format!("batch {}: {error}", row.id)))?;
        Ok(Self { row, opened })
    }

    pub(super) fn readings(&self) -> &[Reading] {
        &self.opened.batch.readings
    }

    /// What the audit log calls it.
    pub(super) fn object(&self) -> String {
        match self.row.patient {
            Some(patient) => format!("patient {patient}"),
            None => format!("device {}", self.row.device),
        }
    }

    pub(super) fn patient(&self) -> Option<String> {
        self.row.patient.map(|patient| patient.to_string())
    }

    pub(super) fn source<'a>(&'a self, patient: Option<&'a str>) -> Source<'a> {
        Source {
            batch: self.row.id.0,
            device: &self.row.device,
            patient,
            time: self.row.time,
            received: self.row.received,
            proof: self.opened.proof(),
            standing: match self.row.replaced {
                None => Standing::Current,
                Some(_) => Standing::WrongPatient,
            },
        }
    }

    fn resource(&self, index: usize, reading: &Reading) -> Resource {
        let patient = self.patient();
        fhir::Observation::of(&self.source(patient.as_deref()), index, reading).into()
    }
}

/// `GET Observation/{batch}-{index}`.
pub(super) async fn read(asked: Asked, Path(id): Path<String>) -> Result<Answer, Refusal> {
    asked.parameters.nothing_left()?;
    let id: ObservationId = id.parse().map_err(|_| Refusal::not_found())?;
    let batch = asked.http.store.read(move |reader| reader.batch(id.batch)).await?;
    let opened = Read::of(batch.ok_or_else(Refusal::not_found)?)?;
    let index = id.index as usize;
    let reading = opened.readings().get(index).ok_or_else(Refusal::not_found)?;
    asked.note(opened.object()).await?;
    Ok(Answer(opened.resource(index, reading)))
}

/// `GET Observation`.
pub(super) async fn search(mut asked: Asked) -> Result<Answer, Refusal> {
    let Some(search) = Search::parse(&mut asked).await? else {
        return Ok(Answer(Bundle::searchset(&asked.base, asked.own_address(), None, []).into()));
    };
    asked.note(search.object()).await?;
    let _place = asked.http.heavy.try_acquire().map_err(|_| Fault::Busy)?;
    let (mut found, mut cursor, mut scanned) = (Vec::new(), search.cursor, 0);
    let next = loop {
        let query = search.query(cursor);
        let rows = asked.http.store.read(move |reader| reader.batches(&query)).await?;
        let is_last = rows.len() < limits::RECORD_PAGE;
        scanned += rows.len();
        let begun = cursor;
        for row in rows {
            let start = match begun {
                Some(begun) if (row.time.0, row.id) > (begun.time.0, begun.batch) => continue,
                Some(begun) if begun.batch == row.id => begun.index,
                Some(_) | None => 0,
            };
            cursor = search.gather(Read::of(row)?, start, &mut found);
            if found.len() >= search.count {
                break;
            }
        }
        if found.len() >= search.count || (scanned >= limits::FHIR_SCAN && !is_last) {
            break cursor;
        }
        if is_last {
            break None;
        }
    };
    let next = next.map(|cursor| search.address(&asked.base, cursor));
    Ok(Answer(Bundle::searchset(&asked.base, asked.own_address(), next, found).into()))
}

/// Where a search goes on: at the reading `index` of this batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    time: Micros,
    batch: BatchId,
    index: usize,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let cursor = Self {
            time: Micros(parts.next()?.parse().ok()?),
            batch: parts.next()?.parse().ok()?,
            index: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(cursor)
    }

    fn text(self) -> String {
        format!("{}.{}.{}", self.time.0, self.batch, self.index)
    }
}

struct Search {
    patient: Option<PatientId>,
    device: Option<DeviceId>,
    codes: Option<Vec<Code>>,
    categories: Option<Vec<Category>>,
    range: Range,
    count: usize,
    cursor: Option<Cursor>,
    /// The parameters as given, for the link to the next page.
    given: String,
}

impl Search {
    /// `None` when nothing can match.
    async fn parse(asked: &mut Asked) -> Result<Option<Self>, Refusal> {
        let parameters = &mut asked.parameters;
        let mut given = Vec::new();
        let mut keep = |name: &str, value: &Option<String>| {
            given.extend(value.iter().map(|value| format!("{name}={}", encoded(value))));
        };
        let patient = match (parameters.take("patient")?, parameters.take("subject")?) {
            (Some(_), Some(_)) => {
                return Err(Refusal::invalid("patient and subject are the same: give one."));
            }
            (patient, subject) => patient.or(subject),
        };
        keep("patient", &patient);
        let device = parameters.take("device")?;
        keep("device", &device);
        if patient.is_none() && device.is_none() {
            let diagnostics = "patient, subject or device is needed.";
            return Err(Refusal::new(clinical::fhir::IssueType::TooCostly, diagnostics));
        }
        let codes = parameters.take_alternatives("code")?;
        keep("code", &codes.as_ref().map(|codes| codes.join(",")));
        let categories = parameters.take_alternatives("category")?;
        keep("category", &categories.as_ref().map(|categories| categories.join(",")));
        let dates = parameters.take_all("date");
        dates.iter().for_each(|date| keep("date", &Some(date.clone())));
        let count = count(parameters)?;
        keep("_count", &Some(count.to_string()));
        let cursor = match parameters.take("_cursor")? {
            Some(text) => {
                Some(Cursor::parse(&text).ok_or_else(|| Refusal::invalid("_cursor is not of this server."))?)
            }
            None => None,
        };
        parameters.nothing_left()?;
        let patient = match patient {
            Some(text) => match reference(&text, "Patient").and_then(|id| id.parse().ok()) {
                Some(id) => Some(id),
                None => return Ok(None),
            },
            None => None,
        };
        let device = match device {
            Some(text) => match Self::device(asked, text).await? {
                Some(id) => Some(id),
                None => return Ok(None),
            },
            None => None,
        };
        let categories = categories.map(|all| all.iter().filter_map(|one| category(one)).collect());
        let (codes, range) = (codes.map(|all| mdc_codes(&all)), Range::parse(&dates)?);
        Ok(Some(Self { patient, device, codes, categories, range, count, cursor, given: given.join("&") }))
    }

    async fn device(asked: &Asked, text: String) -> Result<Option<DeviceId>, StoreError> {
        let find = move |reader: &Reader| match reference(&text, "Device") {
            Some(id) => device_by_fhir_id(reader, id),
            None => Ok(None),
        };
        asked.http.store.read(find).await
    }

    fn object(&self) -> String {
        match (&self.patient, &self.device) {
            (Some(patient), _) => format!("patient {patient}"),
            (None, Some(device)) => format!("device {device}"),
            (None, None) => "observations".into(),
        }
    }

    fn query(&self, cursor: Option<Cursor>) -> BatchQuery {
        let spread = i64::try_from(limits::FHIR_SPREAD.as_micros()).unwrap_or(i64::MAX);
        let to = self.range.to.map(|to| Micros(to.0.saturating_add(spread)));
        let reached = cursor.map(|cursor| Micros(cursor.time.0.saturating_add(1)));
        BatchQuery {
            patient: self.patient,
            device: self.device.clone(),
            from: self.range.from.map(|from| Micros(from.0.saturating_sub(spread))),
            to: [to, reached].into_iter().flatten().min_by_key(|time| time.0),
            order: Order::NewestFirst,
            limit: limits::RECORD_PAGE,
            ..BatchQuery::default()
        }
    }

    /// Adds the matches of a batch from the reading `start` on, up to the page's size; returns where to go on.
    fn gather(&self, opened: Read, start: usize, found: &mut Vec<(String, Resource)>) -> Option<Cursor> {
        let at = |index| Some(Cursor { time: opened.row.time, batch: opened.row.id, index });
        for (index, reading) in opened.readings().iter().enumerate().skip(start) {
            if found.len() >= self.count {
                return at(index);
            }
            if self.matches(opened.row.time, reading) {
                found.push((
                    format!("Observation/{}-{index}", opened.row.id),
                    opened.resource(index, reading),
                ));
            }
        }
        at(opened.readings().len())
    }

    fn matches(&self, batch_time: Micros, reading: &Reading) -> bool {
        let start = Micros(batch_time.0.saturating_add(reading.dt_us()));
        let end = match reading {
            Reading::Wave { period_us, samples, .. } => {
                let length =
                    i64::from(*period_us).saturating_mul(i64::try_from(samples.len()).unwrap_or(i64::MAX));
                Micros(start.0.saturating_add(length))
            }
            Reading::Value { .. } | Reading::Text { .. } => start,
        };
        self.codes.as_ref().is_none_or(|codes| codes.contains(&reading.code()))
            && self.categories.as_ref().is_none_or(|wanted| wanted.contains(&fhir::category(reading)))
            && self.range.meets(start, end)
    }

    fn address(&self, base: &str, cursor: Cursor) -> String {
        format!("{base}/Observation?{}&_cursor={}", self.given, cursor.text())
    }
}

fn count(parameters: &mut Parameters) -> Result<usize, Refusal> {
    let (usual, most) = limits::FHIR_COUNT;
    match parameters.take("_count")? {
        None => Ok(usual),
        Some(text) => match text.parse::<usize>() {
            Ok(count) if count > 0 => Ok(count.min(most)),
            Ok(_) | Err(_) => Err(Refusal::invalid("_count must be a number above 0.")),
        },
    }
}

/// All MDC codes that the tokens stand for: MDC directly, LOINC by the table.
fn mdc_codes(tokens: &[String]) -> Vec<Code> {
    let mut codes = Vec::new();
    for one in tokens {
        codes.extend(token(one, MDC_SYSTEM).and_then(|code| code.parse().ok()).map(Code));
        let loinc = token(one, LOINC_SYSTEM).map(nomenclature::by_loinc);
        codes.extend(loinc.into_iter().flatten().map(|term| term.code));
    }
    codes
}

fn category(one: &str) -> Option<Category> {
    token(one, "http://terminology.hl7.org/CodeSystem/observation-category").and_then(Category::parse)
}
